import type { Clock } from '../../runtime/clock.ts'
import { timerFMs } from './client-transaction.ts'
import { sipLimits } from './limits.ts'

/** Timer J (RFC 3261, section 17.2.2), 64 × T1: for so long a request may come again. */
const timerJMs = timerFMs

/** In place of a response: the request is being served, and its response will come by itself. */
export const unanswered: Uint8Array = new Uint8Array(0)

/**
 * The responses that were given over UDP, so that a request that comes again gets the same one and is not served twice. Bounded: under
 * load the oldest go before their time.
 */
export class ServerMemory {
  readonly #clock: Clock
  readonly #answers = new Map<string, { readonly bytes: Uint8Array; readonly untilMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#answers.size
  }

  recall(key: string): Uint8Array | undefined {
    const known = this.#answers.get(key)
    return known !== undefined && known.untilMs > this.#clock.now() ? known.bytes : undefined
  }

  keep(key: string, bytes: Uint8Array): void {
    const now = this.#clock.now()
    for (const [oldest, { untilMs }] of this.#answers) {
      if (untilMs > now && this.#answers.size < sipLimits.answersKeptMax) break
      this.#answers.delete(oldest)
    }
    this.#answers.set(key, { bytes, untilMs: now + timerJMs })
  }
}
