import type { Cancel, Clock } from './clock.ts'

interface Task {
  readonly atMs: number
  /** Tasks due at the same time run in the order in which they were asked for. */
  readonly order: number
  run: (() => void) | undefined
}

const isBefore = (a: Task, b: Task): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** How a virtual clock begins. */
export interface VirtualClockOptions {
  /** Wall-clock time at the start, in milliseconds since 1970. Default 2025-01-01T00:00:00Z. */
  readonly wallStartMs?: number
}

/**
 * Time that moves only when told to, for tests and the simulator. `now()` starts at 0. Tasks run in the order of their
 * time, and at one time in the order in which they were asked for, so a run repeats exactly. An error thrown by a task leaves
 * through the call that moved the time; the clock stays usable.
 *
 * @example
 * ```ts
 * import { VirtualClock } from 'lampfield/testing'
 *
 * const clock = new VirtualClock()
 * clock.after(60_000, () => console.log('a minute has passed'))
 * clock.advance(60_000)
 * ```
 */
export class VirtualClock implements Clock {
  readonly #wallStartMs: number
  /** A binary heap. Cancelled tasks stay inside, emptied, until they surface or outnumber the living. */
  #heap: Task[] = []
  #nowMs = 0
  #order = 0
  #cancelled = 0

  constructor(options?: VirtualClockOptions) {
    this.#wallStartMs = options?.wallStartMs ?? Date.UTC(2025, 0, 1)
  }

  now(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMs
  }

  /** How many tasks wait. */
  get pending(): number {
    return this.#heap.length - this.#cancelled
  }

  /** When the next task is due, or undefined when none waits. */
  get nextAtMs(): number | undefined {
    this.#dropCancelled()
    return this.#heap[0]?.atMs
  }

  after(delayMs: number, task: () => void): Cancel {
    const entry: Task = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run: task }
    this.#push(entry)
    return () => {
      if (entry.run === undefined) return
      entry.run = undefined
      this.#cancelled += 1
      if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#compact()
    }
  }

  /** Moves to the next task and runs it; false when none waits. */
  step(): boolean {
    this.#dropCancelled()
    const task = this.#heap[0]
    if (task === undefined) return false
    this.#pop()
    this.#nowMs = Math.max(this.#nowMs, task.atMs)
    const run = task.run
    task.run = undefined
    run?.()
    return true
  }

  /** Moves `ms` milliseconds on and runs what is due on the way, also what those tasks ask for. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms
    while (this.#isDueBy(endMs)) this.step()
    this.#nowMs = endMs
  }

  /**
   * Runs tasks until `condition` holds, looking after each task, for at most `limitMs` milliseconds. Returns whether it holds; when
   * it does not, the whole limit has passed.
   */
  runUntil(condition: () => boolean, limitMs: number): boolean {
    const endMs = this.#nowMs + limitMs
    if (condition()) return true
    while (this.#isDueBy(endMs)) {
      this.step()
      if (condition()) return true
    }
    this.#nowMs = endMs
    return condition()
  }

  /** As `advance`, and lets promises settle before the start and after each task: for code that awaits. */
  async advanceAsync(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await turned()
    for (let tasks = 1; this.#isDueBy(endMs); tasks += 1) {
      this.step()
      await (tasks % tasksPerTurn === 0 ? turned() : settled())
    }
    await turned()
    this.#nowMs = endMs
  }

  #isDueBy(endMs: number): boolean {
    const nextMs = this.nextAtMs
    return nextMs !== undefined && nextMs <= endMs
  }

  #dropCancelled(): void {
    while (this.#heap.length > 0 && this.#heap[0]?.run === undefined) {
      this.#pop()
      this.#cancelled -= 1
    }
  }

  #compact(): void {
    // A list in ascending order is a heap already.
    this.#heap = this.#heap.filter((task) => task.run !== undefined).sort((a, b) => (isBefore(a, b) ? -1 : 1))
    this.#cancelled = 0
  }

  #push(task: Task): void {
    const heap = this.#heap
    let at = heap.length
    heap.push(task)
    while (at > 0) {
      const parentAt = (at - 1) >> 1
      const parent = heap[parentAt]
      if (parent === undefined || !isBefore(task, parent)) break
      heap[at] = parent
      at = parentAt
    }
    heap[at] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let childAt = at * 2 + 1
      let child = heap[childAt]
      if (child === undefined) break
      const right = heap[childAt + 1]
      if (right !== undefined && isBefore(right, child)) {
        child = right
        childAt += 1
      }
      if (!isBefore(child, last)) break
      heap[at] = child
      at = childAt
    }
    heap[at] = last
  }
}

/** So many tasks at most run while the machine's event loop waits: what is printed and Ctrl-C come through. */
const tasksPerTurn = 256

/** Every promise that was kept before, and all that follows from it, has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    process.nextTick(resolve)
  })
}

/** One turn of the machine's event loop: also what it did beside, such as reading a file, is seen. */
function turned(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** How one machine's clock differs from true time. */
export interface ClockSkew {
  /** Added to the wall clock, in milliseconds. Changing it later is a clock step; the monotonic time does not follow. */
  offsetMs: number
  /** Seconds of this machine per true second, for both times and for timers. Default 1. */
  readonly rate?: number
}

/**
 * A machine's view of `clock`: `skew` is read at each call, so that a test can step the wall clock.
 *
 * @example
 * ```ts
 * import { skewedClock, VirtualClock } from 'lampfield/testing'
 *
 * const clock = new VirtualClock()
 * const late = skewedClock(clock, { offsetMs: -5000 })
 * console.log(clock.wallMs() - late.wallMs())
 * ```
 */
export function skewedClock(clock: Clock, skew: ClockSkew): Clock {
  const rate = skew.rate ?? 1
  const startMs = clock.now()
  const gainedMs = (): number => (clock.now() - startMs) * (rate - 1)
  return {
    now: () => clock.now() + gainedMs(),
    wallMs: () => clock.wallMs() + gainedMs() + skew.offsetMs,
    after: (delayMs, task) => clock.after(delayMs / rate, task),
  }
}

/** A clock whose owner can be stopped as by SIGSTOP, or killed. Time goes on meanwhile; only its tasks do not run. */
export interface ProcessClock extends Clock {
  readonly isPaused: boolean
  /** No task runs from now on; time goes on. */
  pause(): void
  /** Runs what fell due while paused, in order, as the next tasks of the clock beneath. */
  resume(): void
  /** No task of this clock runs any more, ever. */
  kill(): void
}

/**
 * The clock of one process on `clock`.
 *
 * @example
 * ```ts
 * import { processClock, VirtualClock } from 'lampfield/testing'
 *
 * const clock = new VirtualClock()
 * const stopped = processClock(clock)
 * stopped.after(10, () => console.log('late'))
 * stopped.pause()
 * clock.advance(1000)
 * stopped.resume()
 * clock.advance(0)
 * ```
 */
export function processClock(clock: Clock): ProcessClock {
  let status: 'running' | 'paused' | 'killed' = 'running'
  const overdue = new Set<() => void>()
  return {
    get isPaused() {
      return status === 'paused'
    },
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    after(delayMs, task) {
      let isCancelled = false
      const attempt = (): void => {
        if (isCancelled || status === 'killed') return
        if (status === 'paused') overdue.add(attempt)
        else task()
      }
      const cancel = clock.after(delayMs, attempt)
      return () => {
        isCancelled = true
        overdue.delete(attempt)
        cancel()
      }
    },
    pause() {
      if (status === 'running') status = 'paused'
    },
    resume() {
      if (status !== 'paused') return
      status = 'running'
      const due = [...overdue]
      overdue.clear()
      for (const attempt of due) clock.after(0, attempt)
    },
    kill() {
      status = 'killed'
      overdue.clear()
    },
  }
}
