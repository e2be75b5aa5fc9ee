import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Replica } from '../replica/replica.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Tell } from './events.ts'
import type { Members } from './members.ts'

export interface WaitlistParts {
  readonly clock: Clock
  readonly log: Log
  readonly tell: Tell
  readonly members: Pick<Members, 'get' | 'nameOf' | 'precedenceOf'>
  readonly replica: () => Pick<Replica, 'roomFor' | 'weightOf'>
}

/** How often is looked for room, in milliseconds. */
const lookEveryMs = 1000

/** Nobody is let in again sooner than so many milliseconds after it was turned away: whoever grows and shrinks must not make the others come and go. */
const waitLeastMs = 5000

/**
 * An entity may have shrunk, of which nobody here is told: it is tried again though there is no more room, at first after so many milliseconds, then after twice as
 * many, up to the bound. What is tried is fetched in vain, so no two entities are tried within the third.
 */
const tryFirstMs = 10_000
const tryMaxMs = 320_000
const tryApartMs = 5000

/** Who has not been turned away for so long after it was let in has found room. Its heartbeats come each ten seconds at the least. */
const settledMs = 15_000

/** Entities that are named by an alarm and in the log at a time: a thousand have one reason, and nobody reads the rest. */
const namedMax = 64

interface Waiting {
  /** What it weighed at least when it was turned away. */
  needs: number
  turnedAwayMs: number
  /** How often it was turned away. */
  times: number
  /** When it is tried again, whatever the room. */
  tryMs: number
  /** Since when it may come in; undefined while it may not. */
  inMs: number | undefined
  readonly isNamed: boolean
}

/**
 * Entities whose documents found no room. Nothing of them is asked for and nothing taken, until there is room for what they weighed; or after a while, as they may have
 * become smaller.
 */
export class Waitlist {
  readonly #parts: WaitlistParts
  readonly #waiting = new Map<EntityId, Waiting>()
  #triedMs = Number.NEGATIVE_INFINITY
  #cancelLook: Cancel | undefined

  constructor(parts: WaitlistParts) {
    this.#parts = parts
  }

  /** Entities that have not found room yet. */
  get size(): number {
    return this.#waiting.size
  }

  /** An entity was turned away, or had to make room: it weighs at least `needs`. */
  turnAway(entity: EntityId, needs: number): void {
    const now = this.#parts.clock.now()
    const known = this.#waiting.get(entity)
    const times = (known?.times ?? 0) + 1
    const isNamed = known?.isNamed ?? this.#isReadable()
    const tryMs = now + Math.min(tryMaxMs, tryFirstMs * 2 ** (times - 1))
    this.#waiting.set(entity, { needs, turnedAwayMs: now, times, tryMs, inMs: undefined, isNamed })
    this.#cancelLook ??= this.#parts.clock.after(lookEveryMs, () => this.#look())
    if (known !== undefined || !isNamed) return
    const sentence = this.#sentence(entity)
    this.#parts.log.warn(sentence, { entity, peer: this.#parts.members.get(entity)?.peer })
    this.#parts.tell('alarm', { kind: 'no-room', entity, sentence, phase: 'begun' })
  }

  /** Whether an entity's documents are neither asked for nor taken now. */
  isTurnedAway(entity: EntityId): boolean {
    const waiting = this.#waiting.get(entity)
    return waiting !== undefined && waiting.inMs === undefined
  }

  /** Nothing of the entity is kept any more, for another reason than room. */
  forget(entity: EntityId): void {
    const waiting = this.#waiting.get(entity)
    if (waiting === undefined) return
    this.#waiting.delete(entity)
    if (!waiting.isNamed) return
    const sentence = `the alarm no-room about ${entity} is over`
    this.#parts.tell('alarm', { kind: 'no-room', entity, sentence, phase: 'over' })
  }

  /** The alarm about an entity, while it has found no room. */
  alarmsAbout(entity: EntityId): string[] {
    return this.#waiting.has(entity) ? [this.#sentence(entity)] : []
  }

  stop(): void {
    this.#cancelLook?.()
  }

  #isReadable(): boolean {
    let named = 0
    for (const { isNamed } of this.#waiting.values()) named += Number(isNamed)
    return named < namedMax
  }

  #sentence(entity: EntityId): string {
    const { members } = this.#parts
    const peer = members.get(entity)?.peer ?? 'PEER'
    return (
      `The entries of ${members.nameOf(entity)} (${entity}, peer ${peer}) do not count here: servers known for longer leave no room for them. If it is one of yours, run ` +
      `"lampfield trust pin ${entity} ${peer}" on this server; if somebody makes up servers, list the peer IDs of yours in "peers = " and run ` +
      '"lampfield trust forget" for each that is none.'
    )
  }

  #look(): void {
    this.#cancelLook = undefined
    const now = this.#parts.clock.now()
    this.#settle(now)
    this.#letIn(now)
    this.#try(now)
    if (this.#waiting.size > 0) this.#cancelLook = this.#parts.clock.after(lookEveryMs, () => this.#look())
  }

  #settle(now: number): void {
    for (const [entity, { inMs }] of this.#waiting) {
      if (inMs !== undefined && now - inMs >= settledMs) this.forget(entity)
    }
  }

  /** Those for whom there is room by now, the earlier ones first; what these have not fetched yet is theirs already. */
  #letIn(now: number): void {
    const { members } = this.#parts
    const replica = this.#parts.replica()
    const placed = [...this.#waiting].map(([entity, waiting]) => ({
      entity,
      waiting,
      place: members.precedenceOf(entity),
    }))
    placed.sort((one, other) => one.place - other.place)
    let promised = 0
    for (const { entity, waiting } of placed) {
      const isDue = now - waiting.turnedAwayMs >= waitLeastMs
      if (waiting.inMs === undefined && isDue && replica.roomFor(entity) - promised >= waiting.needs) waiting.inMs = now
      if (waiting.inMs !== undefined) promised += Math.max(0, waiting.needs - replica.weightOf(entity))
    }
  }

  #try(now: number): void {
    if (now - this.#triedMs < tryApartMs) return
    let first: Waiting | undefined
    for (const waiting of this.#waiting.values()) {
      const isDue = waiting.inMs === undefined && waiting.tryMs <= now
      if (isDue && (first === undefined || waiting.tryMs < first.tryMs)) first = waiting
    }
    if (first === undefined) return
    first.inMs = now
    this.#triedMs = now
  }
}
