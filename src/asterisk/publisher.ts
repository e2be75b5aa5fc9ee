import { every, type Cancel, type Clock } from '../runtime/clock.ts'
import type { Body } from './body.ts'
import { Publication, type Delivery, type PublicationParts } from './publication.ts'

export interface PublisherParts extends PublicationParts {
  readonly clock: Clock
  /** Publications at once, where there is more to say than one can carry. */
  readonly publicationsMax: number
  /** A body leaves now: from here on Asterisk may have it. */
  readonly leaving: (body: Body) => void
  /** A body was taken by Asterisk. */
  readonly delivered: (slot: string, body: Body) => void
  /** Something went wrong, as a sentence; undefined when it goes on well again. */
  readonly trouble: (sentence: string | undefined) => void
}

/** Events that are not kept wait at most so many: the older ones are of no use to anybody. */
const passingMax = 256

/** A value that was refused so often in a row is given up until it changes or everything is said again. */
const refusalsMax = 3

/** Milliseconds before Asterisk is asked again after a failure, doubled at each further one. */
const pauseMinMs = 500
const pauseMaxMs = 30_000

/** A publication is refreshed at this part of its time. */
const refreshPart = 0.75

/**
 * Says states to the local Asterisk in one event package. What waits is the last value of each slot (an entity's device, a mailbox), so
 * the queue is never longer than there are slots. Several publications carry it where it gathers; a slot is on its way in one of them
 * only, so that its values arrive in order.
 */
export class Publisher {
  readonly #parts: PublisherParts
  readonly #waiting = new Map<string, Body>()
  readonly #passing: Body[] = []
  /** What waits again where its request comes to nothing; undefined where there is nothing more to be said. */
  readonly #underWay = new Map<string, Body | undefined>()
  readonly #refusals = new Map<string, number>()
  readonly #publications: Publication[]
  #isOpen = false
  #failures = 0
  #cancelPause: Cancel | undefined
  readonly #cancelRefresh: Cancel
  #lastDeliveryMs: number | undefined

  constructor(parts: PublisherParts) {
    this.#parts = parts
    this.#publications = Array.from({ length: parts.publicationsMax }, () => new Publication(parts))
    this.#cancelRefresh = every(parts.clock, parts.expiresS * 1000 * refreshPart, () => this.#refresh())
  }

  /** Values that wait or are on their way. */
  get backlog(): number {
    return this.#waiting.size + this.#underWay.size
  }

  /** Publications that Asterisk holds. */
  get publications(): number {
    return this.#publications.filter(({ isOpen }) => isOpen).length
  }

  /** Clock time of the last 2xx. */
  get lastDeliveryMs(): number | undefined {
    return this.#lastDeliveryMs
  }

  /** Asterisk answers: say what waits. */
  open(): void {
    this.#isOpen = true
    this.#failures = 0
    this.#endPause()
    this.#pump()
  }

  /** Asterisk is gone: nothing is sent. What was on its way waits again; old tags are worth nothing. */
  close(): void {
    this.#isOpen = false
    this.#endPause()
    this.#passing.length = 0
    this.discardTags()
  }

  /** Asterisk may have restarted: its tags are others. */
  discardTags(): void {
    for (const publication of this.#publications) publication.discard()
    for (const slot of this.#underWay.keys()) this.#waitAgain(slot)
    this.#pump()
  }

  /** The value of a slot from now on; it takes the place of one that still waits. */
  put(slot: string, body: Body): void {
    this.#waiting.set(slot, body)
    this.#pump()
  }

  /** Nothing has to be said of a slot any more. */
  withdraw(slot: string): void {
    this.#waiting.delete(slot)
    if (this.#underWay.has(slot)) this.#underWay.set(slot, undefined)
  }

  /** An event that is not kept: said soon or never. */
  pass(body: Body): void {
    if (!this.#isOpen) return
    if (this.#passing.length >= passingMax) {
      this.#passing.shift()
      this.#parts.count('out_passing_dropped')
    }
    this.#passing.push(body)
    this.#pump()
  }

  /** Ends for good. Open publications are ended too, without waiting for an answer. */
  stop(): void {
    this.#isOpen = false
    this.#cancelRefresh()
    this.#endPause()
    for (const publication of this.#publications) {
      if (publication.isOpen && !publication.isBusy) publication.remove(() => {})
    }
  }

  #pump(): void {
    if (!this.#isOpen || this.#cancelPause !== undefined) return
    for (const publication of this.#publications) {
      if (publication.isBusy) continue
      if (!this.#sendNext(publication)) return
    }
  }

  #sendNext(publication: Publication): boolean {
    const passing = this.#passing.shift()
    if (passing !== undefined) {
      this.#parts.count('out_passing')
      publication.send(passing, (delivery) => this.#delivered(delivery))
      return true
    }
    for (const [slot, body] of this.#waiting) {
      if (this.#underWay.has(slot)) continue
      this.#waiting.delete(slot)
      this.#sendSlot(publication, slot, body)
      return true
    }
    return false
  }

  #sendSlot(publication: Publication, slot: string, body: Body): void {
    this.#underWay.set(slot, body)
    this.#parts.leaving(body)
    this.#parts.count('out_states')
    publication.send(body, (delivery) => {
      if (delivery.kind === 'done' || this.#isHopeless(slot, delivery)) {
        this.#underWay.delete(slot)
        this.#refusals.delete(slot)
        if (delivery.kind === 'done') this.#parts.delivered(slot, body)
        else this.#parts.count('out_given_up')
      } else this.#waitAgain(slot)
      this.#delivered(delivery)
    })
  }

  #waitAgain(slot: string): void {
    const body = this.#underWay.get(slot)
    this.#underWay.delete(slot)
    if (body === undefined) this.#refusals.delete(slot)
    else if (!this.#waiting.has(slot)) this.#waiting.set(slot, body)
  }

  /** Whether this value was refused often enough. */
  #isHopeless(slot: string, delivery: Delivery): boolean {
    if (delivery.kind !== 'refused') return false
    const refusals = (this.#refusals.get(slot) ?? 0) + 1
    this.#refusals.set(slot, refusals)
    return refusals >= refusalsMax
  }

  #delivered(delivery: Delivery): void {
    if (delivery.kind === 'done') {
      if (this.#failures > 0) this.#parts.trouble(undefined)
      this.#failures = 0
      this.#lastDeliveryMs = this.#parts.clock.now()
    } else {
      this.#parts.trouble(delivery.reason)
      this.#pause(delivery.kind === 'again' ? (delivery.afterS ?? 0) * 1000 : 0)
    }
    this.#pump()
  }

  #pause(leastMs: number): void {
    if (this.#cancelPause !== undefined) return
    const ms = Math.min(pauseMaxMs, Math.max(leastMs, pauseMinMs * 2 ** Math.min(this.#failures, 10)))
    this.#failures += 1
    this.#cancelPause = this.#parts.clock.after(ms, () => {
      this.#cancelPause = undefined
      this.#pump()
    })
  }

  #endPause(): void {
    this.#cancelPause?.()
    this.#cancelPause = undefined
  }

  #refresh(): void {
    if (!this.#isOpen) return
    for (const publication of this.#publications) {
      if (publication.isOpen && !publication.isBusy) publication.refresh((delivery) => this.#delivered(delivery))
    }
  }
}
