import { strict as assert } from 'node:assert'
import type { Clock } from '../runtime/clock.ts'
import type { ContractCase } from './contract-case.ts'

/** What the clock's contract needs of whoever runs it. */
export interface ClockSetup {
  readonly clock: Clock
  /** Lets at least so many milliseconds of the clock pass, and runs what falls due. */
  pass(this: void, ms: number): Promise<void>
}

/**
 * What every `Clock` promises. Delays of the cases are 5 to 40 ms.
 *
 * @example
 * ```ts
 * import { clockContract, VirtualClock } from 'lampfield/testing'
 *
 * const cases = clockContract(() => {
 *   const clock = new VirtualClock()
 *   return { clock, pass: (ms) => clock.advanceAsync(ms) }
 * })
 * for (const { run } of cases) await run()
 * ```
 */
export function clockContract(prepare: () => ClockSetup): ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: () => check(prepare()) }))
}

const cases: Readonly<Record<string, (setup: ClockSetup) => Promise<void>>> = {
  'runs a task once, after its delay and not before': async ({ clock, pass }) => {
    const [askedMs, ranMs]: [number, number[]] = [clock.now(), []]
    clock.after(20, () => ranMs.push(clock.now()))
    assert.deepEqual(ranMs, [])
    await pass(40)
    await pass(40)
    assert.equal(ranMs.length, 1)
    // Timers of an operating system are cut to whole milliseconds.
    assert.ok((ranMs[0] ?? 0) - askedMs >= 19, `it ran after ${(ranMs[0] ?? 0) - askedMs} ms`)
  },
  'never runs a task within the call that asks for it, nor one of no delay or less': async ({ clock, pass }) => {
    const ran: string[] = []
    clock.after(0, () => ran.push('none'))
    clock.after(-5, () => ran.push('less'))
    assert.deepEqual(ran, [])
    await pass(10)
    assert.deepEqual(new Set(ran), new Set(['less', 'none']))
  },
  'runs a task of no delay before one that waits for time to pass, and after what the same turn awaits': async ({
    clock,
    pass,
  }) => {
    const ran: string[] = []
    clock.after(5, () => ran.push('later'))
    clock.after(0, () => ran.push('turn'))
    await Promise.resolve()
    ran.push('awaited')
    await pass(20)
    assert.deepEqual(ran, ['awaited', 'turn', 'later'])
  },
  'runs tasks in the order of their times': async ({ clock, pass }) => {
    const ran: number[] = []
    for (const delayMs of [35, 5, 20]) clock.after(delayMs, () => ran.push(delayMs))
    await pass(60)
    assert.deepEqual(ran, [5, 20, 35])
  },
  'does not run what was cancelled, and bears being told so twice, or too late': async ({ clock, pass }) => {
    const ran: string[] = []
    const cancel = clock.after(10, () => ran.push('cancelled'))
    const late = clock.after(10, () => ran.push('late'))
    cancel()
    cancel()
    await pass(30)
    late()
    assert.deepEqual(ran, ['late'])
  },
  'lets a task ask for tasks and cancel others': async ({ clock, pass }) => {
    const ran: string[] = []
    const never = clock.after(30, () => ran.push('never'))
    clock.after(5, () => {
      never()
      clock.after(5, () => ran.push('next'))
    })
    await pass(20)
    await pass(30)
    assert.deepEqual(ran, ['next'])
  },
  'has a monotonic time that goes on and never back': async ({ clock, pass }) => {
    const times = [clock.now()]
    for (let turn = 0; turn < 5; turn += 1) {
      await pass(5)
      times.push(clock.now())
    }
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    )
    assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) >= 20)
  },
  'has a wall clock in milliseconds since 1970': async ({ clock }) => {
    assert.ok(clock.wallMs() > Date.UTC(2000, 0, 1), 'before 2000: is it in seconds?')
    assert.ok(clock.wallMs() < Date.UTC(2109, 0, 1), 'after 2109: is it in microseconds?')
  },
}
