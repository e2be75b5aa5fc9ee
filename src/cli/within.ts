import type { Clock } from '../runtime/clock.ts'

/** Whether a promise settles within a time: true when it resolves, false when the time is over first. It rejects as the promise does. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(false))
    promise.then(
      () => {
        cancel()
        resolve(true)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
