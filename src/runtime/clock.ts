/** Stops what was started; calling it again does nothing. */
export type Cancel = () => void

/**
 * Time as an argument. The core never reads a clock of its own, so the same code runs on the machine's time and
 * on the virtual time of a test or the simulator.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970. It may jump either way: never measure a duration with it. */
  wallMs(): number
  /** Monotonic time in milliseconds from an arbitrary start. It never goes back. */
  now(): number
  /**
   * Runs `task` once, `delayMs` milliseconds from now (at the earliest), unless cancelled before. With 0 it runs when the present turn is
   * over, before anything that waits for time to pass.
   */
  after(delayMs: number, task: () => void): Cancel
}

/** The machine's own time. */
export const systemClock: Clock = {
  wallMs: () => Date.now(),
  now: () => performance.now(),
  after(delayMs, task) {
    if (delayMs <= 0) {
      // A timer of 0 ms would take a whole one.
      const turn = setImmediate(task)
      return () => clearImmediate(turn)
    }
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}

/** Runs `task` every `periodMs` milliseconds until cancelled; the first run is one period from now. */
export function every(clock: Clock, periodMs: number, task: () => void): Cancel {
  let cancel: Cancel = () => {}
  const arm = (): void => {
    cancel = clock.after(periodMs, () => {
      arm()
      task()
    })
  }
  arm()
  return () => cancel()
}

/** Resolves after so many milliseconds, or at once where the signal is or gets aborted: whoever waited looks at it. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel()
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(delayMs, end)
    if (signal?.aborted === true) end()
    else signal?.addEventListener('abort', end)
  })
}
