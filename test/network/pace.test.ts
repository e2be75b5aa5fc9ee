import { describe, expect, test } from 'vitest'
import { Pace } from '../../src/network/pace.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

function paced(burst: number, perSecond: number, turnMax: number) {
  const clock = new VirtualClock()
  const floods = { count: 0 }
  const rate = { burst, perSecond }
  const pace = new Pace({ clock, rate, turnMax, flooded: () => (floods.count += 1) })
  /** Takes so many, each once it may, and returns how long that took. */
  const takeAll = async (count: number): Promise<number> => {
    const startMs = clock.now()
    for (let taken = 0; taken < count; taken += 1) {
      const waiting = pace.take(1)
      if (waiting === undefined) continue
      clock.advance(1000 / perSecond)
      await waiting
    }
    return clock.now() - startMs
  }
  return { clock, floods, pace, takeAll }
}

describe('the pace at which a peer is read', () => {
  test('gives the loop away after each turn, and not before', () => {
    const { pace } = paced(1000, 1000, 3)
    expect([1, 2, 3, 4, 5, 6].map(() => pace.take(1) !== undefined)).toEqual([false, false, true, false, false, true])
  })

  test('does not count a turn on over a time in which nothing came', () => {
    const { pace, clock } = paced(1000, 1000, 3)
    for (let times = 0; times < 10; times += 1) {
      expect(pace.take(1)).toBeUndefined()
      expect(pace.take(1)).toBeUndefined()
      clock.advance(10)
    }
  })

  test('a burst is taken at once; what is beyond waits for the rate, and is a flood', async () => {
    const { takeAll, floods } = paced(100, 50, 1_000_000)
    await takeAll(100)
    expect(floods.count).toBe(0)
    const tookMs = await takeAll(100)
    expect(tookMs).toBeGreaterThan(1900)
    expect(tookMs).toBeLessThan(2600)
    expect(floods.count).toBeGreaterThan(0)
  })

  test('a large piece costs as much as many small ones', () => {
    const { pace, floods } = paced(100, 50, 1_000_000)
    expect(pace.take(90, 1)).toBeUndefined()
    expect(pace.isBehind).toBe(false)
    expect(pace.take(20, 1)).toBeDefined()
    expect(pace.isBehind).toBe(true)
    expect(floods.count).toBe(1)
  })

  test('what was worth its cost is given back, and never more than there was', () => {
    const { pace, floods } = paced(100, 50, 1_000_000)
    expect(pace.take(100, 1)).toBeUndefined()
    pace.giveBack(99)
    expect(pace.isFull).toBe(false)
    expect(pace.take(99, 1)).toBeUndefined()
    pace.giveBack(1000)
    expect(pace.isFull).toBe(true)
    expect(pace.take(101, 1)).toBeDefined()
    expect(floods.count).toBe(1)
  })
})
