import { describe, expect, it } from 'vitest'
import { deviceStates } from '../../src/state/device-state.ts'
import { extensionStateOf, hintState, parseHint } from '../../src/state/hint.ts'

describe('hint', () => {
  it("maps device states to Asterisk's extension states", () => {
    const mapped = deviceStates.map((state) => [state, extensionStateOf(state).code, extensionStateOf(state).text])
    expect(mapped).toEqual([
      ['UNKNOWN', 0, 'Idle'],
      ['NOT_INUSE', 0, 'Idle'],
      ['INUSE', 1, 'InUse'],
      ['BUSY', 2, 'Busy'],
      ['INVALID', 4, 'Unavailable'],
      ['UNAVAILABLE', 4, 'Unavailable'],
      ['RINGING', 8, 'Ringing'],
      ['RINGINUSE', 9, 'InUse&Ringing'],
      ['ONHOLD', 16, 'Hold'],
    ])
  })

  it.each([
    ['PJSIP/a&PJSIP/b,CustomPresence:x', ['PJSIP/a', 'PJSIP/b'], ['CustomPresence:x']],
    ['PJSIP/a', ['PJSIP/a'], []],
    ['&PJSIP/a&&PJSIP/b&', ['PJSIP/a', 'PJSIP/b'], []],
    [',CustomPresence:x&CustomPresence:y', [], ['CustomPresence:x', 'CustomPresence:y']],
    ['', [], []],
    ['PJSIP/a,x,y', ['PJSIP/a'], ['x,y']],
  ])('reads %j', (text, devices, presence) => {
    expect(parseHint(text)).toEqual({ devices, presence })
  })

  it('joins its devices', () => {
    expect(hintState(['NOT_INUSE', 'INUSE']).text).toBe('InUse')
    expect(hintState(['RINGING', 'ONHOLD']).text).toBe('InUse&Ringing')
  })

  it('is unavailable without devices and for devices nobody knows', () => {
    expect(hintState([]).text).toBe('Unavailable')
    expect(hintState([undefined]).text).toBe('Unavailable')
    expect(hintState([undefined, 'NOT_INUSE']).text).toBe('Idle')
  })
})
