import { describe, expect, test } from 'vitest'
import { Door } from '../../src/network/door.ts'
import { arrivals } from '../../src/protocol/limits.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

const [stranger, honest] = ['192.0.2.66', '192.0.2.7']

function door(): { readonly clock: VirtualClock; readonly door: Door; tries(host: string, count: number): number } {
  const clock = new VirtualClock()
  const made = new Door(clock)
  return {
    clock,
    door: made,
    /** How many of so many attempts were let through; each fails at once. */
    tries: (host, count) =>
      Array.from({ length: count }).filter(() => {
        const attempt = made.open(host)
        attempt?.('failed')
        return attempt !== undefined
      }).length,
  }
}

describe('the door', () => {
  test('lets a whole cluster in at once from one address, as far as handshakes end', () => {
    const { door: made } = door()
    for (let node = 0; node < 200; node += 1) {
      const attempt = made.open(honest)
      expect(attempt).toBeDefined()
      attempt?.('up')
    }
  })

  test('closes to an address whose attempts lead nowhere, and to no other', () => {
    const { clock, tries } = door()
    const through = tries(stranger, 1000)
    expect(through).toBeLessThanOrEqual(arrivals.burst / (1 + arrivals.failureCost) + 1)
    expect(tries(honest, 1)).toBe(1)
    clock.advance(60_000)
    expect(tries(stranger, 1000)).toBeLessThanOrEqual((60 * arrivals.perSecond) / (1 + arrivals.failureCost) + 1)
  })

  test('keeps places for others while one address says nothing on its connections', () => {
    const { door: made } = door()
    const held = Array.from({ length: 100 }, () => made.open(stranger)).filter((attempt) => attempt !== undefined)
    expect(held).toHaveLength(arrivals.pendingMax)
    expect(made.open(honest)).toBeDefined()
    held[0]?.('up')
    expect(made.open(stranger)).toBeDefined()
  })

  test('is shut for somebody who was cut off and comes under another name, but not for ever', () => {
    const { clock, door: made } = door()
    made.charge(stranger)
    made.charge(stranger)
    expect(made.open(stranger)).toBeUndefined()
    for (let times = 0; times < 100; times += 1) made.charge(stranger)
    clock.advance((1000 * (arrivals.burst + 1)) / arrivals.perSecond)
    expect(made.open(stranger)).toBeDefined()
  })

  test('remembers a bounded number of addresses', () => {
    const { door: made } = door()
    for (let host = 0; host < 3 * arrivals.hostsMax; host += 1) made.open(`2001:db8::${host.toString(16)}`)?.('failed')
    expect(made.size).toBeLessThanOrEqual(arrivals.hostsMax)
  })
})
