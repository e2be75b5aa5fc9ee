import type { Rate } from '../network/pace.ts'
import type { Clock } from '../runtime/clock.ts'
import { limits, rates } from '../protocol/limits.ts'
import type { PeerId } from '../state/peer-id.ts'
import { Budget } from './budget.ts'

/** What a peer can be blamed for, and how heavily; at 100 it is cut off. */
const weights = {
  /** Bytes that no node of this protocol writes, a forged signature, or another entity's entries. One may be a fault of somebody else's memory. */
  'broken-message': 20,
  /** Its own signature under changes that no document can take. */
  'broken-document': 40,
  /** More messages, bytes or questions than it may send; blamed once in 100 ms. */
  flood: 5,
  /** A question that was begun and not put. A server that stands still for seconds leaves one or two behind. */
  'unfinished-question': 5,
  /** An answer far longer than any node has reason to give. */
  'endless-answer': 50,
  /** It says of copies what their owners do not; blamed once in 400 ms. A server whose memory is at fault says so at each comparison, and stays below. */
  'false-stand': 5,
} as const

export type Offence = keyof typeof weights

const cutOffScore = 100

/** A score halves in this time, so that what happens now and then never adds up. */
const halfLifeMs = 30_000

const floodEveryMs = 100
const falseStandEveryMs = 400

export interface ConductParts {
  readonly clock: Clock
  /** The peer shall be cut off: close its links, let none up, tell a person. */
  readonly cutOff: (peer: PeerId, offence: Offence) => void
}

interface Record {
  score: number
  scoredMs: number
  floodMs: number
  falseStandMs: number
  outUntilMs: number
  readonly messages: Budget
  readonly bytes: Budget
  readonly questions: Budget
  readonly membership: Budget
  readonly accusations: Budget
}

/**
 * How each peer behaves: what it may send, what it is blamed for, and until when it is cut off. Honest peers pass on only what they have checked
 * by the same rules, so whoever hands over what is broken is to blame for it.
 */
export class Conduct {
  readonly #parts: ConductParts
  readonly #records = new Map<PeerId, Record>()
  #cutOffs = 0

  constructor(parts: ConductParts) {
    this.#parts = parts
  }

  /** Peers that were cut off since the start. */
  get cutOffs(): number {
    return this.#cutOffs
  }

  isOut(peer: PeerId): boolean {
    const record = this.#records.get(peer)
    return record !== undefined && this.#parts.clock.now() < record.outUntilMs
  }

  /** Whether one more gossiped message of so many bytes is within what a peer may send. */
  mayGossip(peer: PeerId, bytes: number): boolean {
    const record = this.#record(peer)
    const now = this.#parts.clock.now()
    return record.messages.spend(1, now) && record.bytes.spend(bytes, now) ? true : this.flooded(peer)
  }

  /** Whether one more question of so many bytes is. */
  mayAsk(peer: PeerId, bytes: number): boolean {
    const cost = 1 + Math.floor(bytes / rates.bytesPerQuestion)
    return this.#record(peer).questions.spend(cost, this.#parts.clock.now()) ? true : this.flooded(peer)
  }

  blame(peer: PeerId, offence: Offence): void {
    const record = this.#record(peer)
    const now = this.#parts.clock.now()
    if (now < record.outUntilMs) return
    record.score = record.score * 0.5 ** ((now - record.scoredMs) / halfLifeMs) + weights[offence]
    record.scoredMs = now
    if (record.score < cutOffScore) return
    record.score = 0
    record.outUntilMs = now + limits.cutOffMs
    this.#cutOffs += 1
    this.#parts.cutOff(peer, offence)
  }

  /** Whether one more word of who is here is. */
  mayAnnounce(peer: PeerId): boolean {
    return this.#record(peer).membership.spend(1, this.#parts.clock.now()) ? true : this.flooded(peer)
  }

  /** Whether one more doubt of somebody is. */
  mayAccuse(peer: PeerId): boolean {
    return this.#record(peer).accusations.spend(1, this.#parts.clock.now()) ? true : this.flooded(peer)
  }

  /** A peer sends more than it may; told as often as it is seen. */
  flooded(peer: PeerId): false {
    const record = this.#record(peer)
    const now = this.#parts.clock.now()
    if (now - record.floodMs >= floodEveryMs) {
      record.floodMs = now
      this.blame(peer, 'flood')
    }
    return false
  }

  /** A peer says of a copy what its owner does not; told as often as it is seen. */
  toldFalsely(peer: PeerId): void {
    const record = this.#record(peer)
    const now = this.#parts.clock.now()
    if (now - record.falseStandMs < falseStandEveryMs) return
    record.falseStandMs = now
    this.blame(peer, 'false-stand')
  }

  #record(peer: PeerId): Record {
    const known = this.#records.get(peer)
    if (known !== undefined) return known
    const now = this.#parts.clock.now()
    const full = (rate: Rate): Budget => new Budget(rate, now)
    const record: Record = {
      score: 0,
      scoredMs: now,
      floodMs: Number.NEGATIVE_INFINITY,
      falseStandMs: Number.NEGATIVE_INFINITY,
      outUntilMs: Number.NEGATIVE_INFINITY,
      messages: full(rates.messages),
      bytes: full(rates.bytes),
      questions: full(rates.questions),
      membership: full(rates.membership),
      accusations: full(rates.accusations),
    }
    if (this.#records.size >= limits.membersMax) this.#forgetOne(now)
    this.#records.set(peer, record)
    return record
  }

  /** The one that is known for longest and not cut off makes room. */
  #forgetOne(now: number): void {
    for (const [peer, { outUntilMs }] of this.#records) {
      if (now < outUntilMs) continue
      this.#records.delete(peer)
      return
    }
  }
}
