import { Failure } from '../runtime/failure.ts'
import type { TypedEventTarget } from '../runtime/emitter.ts'
import type { NodeEvents } from './events.ts'
import type { Settled } from './node.ts'

export interface UntilParts<Result> {
  readonly events: Pick<TypedEventTarget<NodeEvents>, 'addEventListener'>
  readonly look: () => Result
  /** Aborted when the node stops. */
  readonly stopped: AbortSignal
  readonly signal: AbortSignal | undefined
}

const eventNames = ['change', 'entry', 'member', 'alarm'] as const

/**
 * Resolves with the first result that is not false, null or undefined. It is looked for now and after each event, once for
 * all events that come at one time: whoever waits goes on only then, and would find no more what held only in between.
 */
export function until<Result>(parts: UntilParts<Result>): Promise<Settled<Result>> {
  const { events, look, stopped, signal } = parts
  return new Promise((resolve, reject) => {
    const over = new AbortController()
    const end = (settle: () => void): void => {
      if (over.signal.aborted) return
      over.abort()
      settle()
    }
    let isPlanned = false
    const lookNow = (): void => {
      isPlanned = false
      if (over.signal.aborted) return
      try {
        const result = look()
        if (result !== false && result !== null && result !== undefined) end(() => resolve(result as Settled<Result>))
      } catch (error) {
        end(() => reject(error))
      }
    }
    const plan = (): void => {
      if (isPlanned) return
      isPlanned = true
      queueMicrotask(lookNow)
    }
    const abort = (): void => {
      end(() => reject(new Failure('aborted', 'waiting for a condition was aborted', { cause: signal?.reason })))
    }
    const stop = (): void => {
      end(() => reject(new Failure('not-running', 'the node stopped before the condition held')))
    }
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort, { once: true, signal: over.signal })
    stopped.addEventListener('abort', stop, { once: true, signal: over.signal })
    for (const name of eventNames) events.addEventListener(name, plan, { signal: over.signal })
    lookNow()
  })
}
