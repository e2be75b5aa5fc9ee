import type { Clock } from '../runtime/clock.ts'

export interface PublicationRequest {
  /** The value of SIP-If-Match. */
  readonly tag: string | undefined
  readonly expiresS: number
  readonly hasBody: boolean
}

/** What a PUBLISH is (RFC 3903, section 6), and the entity tag to answer with; `unknown-tag` is a 412. */
export type PublicationStep =
  | {
      readonly kind: 'initial' | 'modify' | 'refresh' | 'remove'
      readonly tag: string
      /** Asterisk begins, and names all that it has; not so where it only says anew what was answered 412. */
      readonly isBeginning: boolean
    }
  | { readonly kind: 'unknown-tag' }

/** One Asterisk needs two. */
const publicationsMax = 64

/** Asterisk refreshes at exactly `expiration`, whatever the answer granted: each is held for twice as long. */
const grace = 2

/** No publication is held for longer, whatever was asked: a day. */
const heldMaxS = 86_400

/** The entity tags of one event package, handed out to the local Asterisk. Each is good for one request. */
export class InboundPublications {
  readonly #clock: Clock
  readonly #prefix: string
  readonly #untilMs = new Map<string, number>()
  #last = 0
  #isMending = false

  /** `prefix`: begins all tags, so that those of an earlier run are not taken for these. */
  constructor(clock: Clock, prefix: string) {
    this.#clock = clock
    this.#prefix = prefix
  }

  get size(): number {
    return this.#untilMs.size
  }

  take({ tag, expiresS, hasBody }: PublicationRequest): PublicationStep {
    const now = this.#clock.now()
    for (const [known, untilMs] of this.#untilMs) if (untilMs <= now) this.#untilMs.delete(known)
    if (tag !== undefined && !this.#untilMs.delete(tag)) {
      this.#isMending = true
      return { kind: 'unknown-tag' }
    }
    const isBeginning = tag === undefined && hasBody && !this.#isMending
    this.#isMending = false
    this.#last += 1
    const next = `${this.#prefix}-${this.#last.toString(36)}`
    if (expiresS === 0) return { kind: 'remove', tag: next, isBeginning }
    const oldest = this.#untilMs.keys().next()
    if (this.#untilMs.size >= publicationsMax && oldest.done !== true) this.#untilMs.delete(oldest.value)
    this.#untilMs.set(next, now + Math.min(expiresS, heldMaxS) * grace * 1000)
    // After an expired or removed publication Asterisk sends a refresh without a tag: there is nothing wrong with it.
    if (!hasBody) return { kind: 'refresh', tag: next, isBeginning }
    return { kind: tag === undefined ? 'initial' : 'modify', tag: next, isBeginning }
  }
}
