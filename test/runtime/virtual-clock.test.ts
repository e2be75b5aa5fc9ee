import { describe, expect, it } from 'vitest'
import { every } from '../../src/runtime/clock.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { processClock, skewedClock, VirtualClock } from '../../src/runtime/virtual-clock.ts'

describe('VirtualClock', () => {
  it('runs tasks by time, and at one time in the order asked for', () => {
    const clock = new VirtualClock()
    const seen: string[] = []
    clock.after(20, () => seen.push('c'))
    clock.after(10, () => seen.push('a'))
    clock.after(10, () => seen.push('b'))
    clock.after(30, () => seen.push('late'))
    clock.advance(20)
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(clock.now()).toBe(20)
    expect(clock.pending).toBe(1)
    expect(clock.nextAtMs).toBe(30)
  })

  it('runs tasks that tasks ask for, within the same advance', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.after(5, () => {
      clock.after(0, () => seen.push(clock.now()))
      clock.after(5, () => seen.push(clock.now()))
      clock.after(6, () => seen.push(clock.now()))
    })
    clock.advance(10)
    expect(seen).toEqual([5, 10])
  })

  it('sorts like a sort over ten thousand tasks, a third of them cancelled', () => {
    const clock = new VirtualClock()
    const random = seededRandom(7)
    const expected: { atMs: number; order: number }[] = []
    const seen: { atMs: number; order: number }[] = []
    for (let order = 0; order < 10_000; order += 1) {
      const atMs = random.below(500)
      const cancel = clock.after(atMs, () => seen.push({ atMs, order }))
      if (random.below(3) === 0) cancel()
      else expected.push({ atMs, order })
    }
    expect(clock.pending).toBe(expected.length)
    clock.advance(500)
    expected.sort((a, b) => a.atMs - b.atMs || a.order - b.order)
    expect(seen).toEqual(expected)
    expect(clock.pending).toBe(0)
  })

  it('keeps no memory of cancelled tasks and bears being cancelled twice or too late', () => {
    const clock = new VirtualClock()
    for (let turn = 0; turn < 100_000; turn += 1) {
      const cancel = clock.after(1e9, () => {})
      cancel()
      cancel()
    }
    const done = clock.after(1, () => {})
    clock.advance(1)
    done()
    expect(clock.pending).toBe(0)
    expect(clock.step()).toBe(false)
  })

  it('runs until a condition holds or the limit has passed', () => {
    const clock = new VirtualClock()
    let ticks = 0
    const cancel = every(clock, 10, () => (ticks += 1))
    expect(clock.runUntil(() => ticks === 3, 1000)).toBe(true)
    expect(clock.now()).toBe(30)
    expect(clock.runUntil(() => ticks === 300, 100)).toBe(false)
    expect(clock.now()).toBe(130)
    cancel()
    expect(clock.pending).toBe(0)
  })

  it('lets an error of a task out and stays usable', () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.after(1, () => {
      throw new Error('planned')
    })
    clock.after(2, () => seen.push(2))
    expect(() => clock.advance(5)).toThrow('planned')
    clock.advance(4)
    expect(seen).toEqual([2])
  })

  it('lets promises settle between tasks when asked to', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    const pause = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.after(ms, resolve)
      })
    const story = async (): Promise<void> => {
      for (let turn = 0; turn < 3; turn += 1) {
        await pause(10)
        seen.push(clock.now())
      }
    }
    const told = story()
    await clock.advanceAsync(30)
    expect(seen).toEqual([10, 20, 30])
    await told
  })
})

describe('skewedClock', () => {
  it('shifts the wall clock, also by a step, and leaves the monotonic time alone', () => {
    const clock = new VirtualClock({ wallStartMs: 1000 })
    const skew = { offsetMs: 500 }
    const skewed = skewedClock(clock, skew)
    clock.advance(10)
    expect([skewed.wallMs(), skewed.now()]).toEqual([1510, 10])
    skew.offsetMs = -5000
    expect([skewed.wallMs(), skewed.now()]).toEqual([-3990, 10])
  })

  it('runs faster or slower, timers included', () => {
    const clock = new VirtualClock({ wallStartMs: 0 })
    const fast = skewedClock(clock, { offsetMs: 0, rate: 2 })
    let firedAtMs = -1
    fast.after(100, () => (firedAtMs = clock.now()))
    clock.advance(100)
    expect(firedAtMs).toBe(50)
    expect([fast.now(), fast.wallMs()]).toEqual([200, 200])
  })
})

describe('processClock', () => {
  it('holds tasks back while paused and runs them in order when resumed', () => {
    const clock = new VirtualClock()
    const process = processClock(clock)
    const seen: string[] = []
    process.after(1, () => seen.push('a'))
    process.after(2, () => seen.push('b'))
    const cancel = process.after(3, () => seen.push('never'))
    process.pause()
    clock.advance(10)
    expect(seen).toEqual([])
    cancel()
    process.resume()
    clock.advance(0)
    expect(seen).toEqual(['a', 'b'])
    expect(process.now()).toBe(10)
  })

  it('runs nothing once killed', () => {
    const clock = new VirtualClock()
    const process = processClock(clock)
    let ran = false
    process.after(1, () => (ran = true))
    process.kill()
    process.resume()
    clock.advance(10)
    expect(ran).toBe(false)
  })
})
