import type { Log } from '../runtime/log.ts'

/** Runs a handler of the node; an error in it is the node's fault, is logged, and must not break the network. */
export function guarded<Result>(log: Log, handler: string, run: () => Result, instead: Result): Result {
  try {
    return run()
  } catch (error) {
    log.error(`handler ${handler} failed`, { error: error instanceof Error ? (error.stack ?? error.message) : error })
    return instead
  }
}
