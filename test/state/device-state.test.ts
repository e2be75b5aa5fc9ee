import { describe, expect, it } from 'vitest'
import {
  decodeDeviceState,
  deviceStateCode,
  deviceStateDisplay,
  deviceStateOf,
  deviceStates,
  encodeDeviceState,
  parseDeviceState,
  readDeviceState,
} from '../../src/state/device-state.ts'

describe('device state', () => {
  it("has Asterisk's numbers and display names", () => {
    const shown = deviceStates.map((state) => [deviceStateCode(state), state, deviceStateDisplay(state)])
    expect(shown).toEqual([
      [0, 'UNKNOWN', 'Unknown'],
      [1, 'NOT_INUSE', 'Not in use'],
      [2, 'INUSE', 'In use'],
      [3, 'BUSY', 'Busy'],
      [4, 'INVALID', 'Invalid'],
      [5, 'UNAVAILABLE', 'Unavailable'],
      [6, 'RINGING', 'Ringing'],
      [7, 'RINGINUSE', 'Ring+Inuse'],
      [8, 'ONHOLD', 'On Hold'],
    ])
  })

  it.each(deviceStates)('reads %s in any case', (state) => {
    expect(parseDeviceState(state.toLowerCase())).toEqual({ ok: true, value: state })
    expect(readDeviceState(state.toLowerCase())).toBe(state)
  })

  it.each(['', ' INUSE', 'In use', 'IN_USE', '2', 'İNUSE', '__proto__'])('knows %j for no state', (text) => {
    const read = parseDeviceState(text)
    expect(read.ok).toBe(false)
    if (!read.ok) for (const state of deviceStates) expect(read.reason).toContain(state)
    expect(readDeviceState(text)).toBe('UNKNOWN')
  })

  it('does not repeat a text of any length in its reason', () => {
    const read = parseDeviceState('x'.repeat(100_000))
    expect(read.ok ? 0 : read.reason.length).toBeLessThan(300)
  })

  it('is one byte and back', () => {
    for (const state of deviceStates) {
      expect(decodeDeviceState(encodeDeviceState(state))).toEqual({ ok: true, value: state })
    }
  })

  it('is made of no other bytes (invariant 10)', () => {
    for (let code = 9; code < 256; code += 1) expect(decodeDeviceState(Uint8Array.of(code)).ok).toBe(false)
    expect(decodeDeviceState(new Uint8Array()).ok).toBe(false)
    expect(decodeDeviceState(Uint8Array.of(1, 1)).ok).toBe(false)
    for (const code of [-1, 9, 1.5, Number.NaN]) expect(deviceStateOf(code)).toBeUndefined()
  })
})
