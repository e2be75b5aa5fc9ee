import type { Member } from '../membership/member.ts'
import type { AccusationMessage } from '../protocol/messages.ts'
import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives } from '../state/version.ts'

/**
 * Who doubts a member waits up to so long for each member there is, and up to the bound below, before it says so: gossip reaches all in a few milliseconds, so of those
 * whose links broke at one moment one or two speak. The member is given ten times as long to contradict.
 */
const perMemberMs = 2
const waitMaxMs = 50

/** The same doubt is passed on again after this: it may have been lost, or be a second one. */
const againMs = 200

export interface AccusationsParts {
  readonly clock: Clock
  readonly random: Random
  readonly members: {
    readonly size: number
    get(entity: EntityId): Pick<Member, 'status' | 'life' | 'sequence'> | undefined
  }
  readonly say: (message: AccusationMessage) => void
}

type Doubt = Pick<AccusationMessage, 'life' | 'sequence'>

/** At a death all lose their link at once. One accusation makes the member contradict and the others doubt as well as twenty do. */
export class Accusations {
  readonly #parts: AccusationsParts
  readonly #waiting = new Map<EntityId, { readonly message: AccusationMessage; readonly cancel: Cancel }>()
  /** What was said last of each member by anybody. */
  readonly #said = new Map<EntityId, Doubt & { readonly atMs: number }>()

  constructor(parts: AccusationsParts) {
    this.#parts = parts
  }

  /** This node doubts a member: to be said, unless somebody else says it first or the member speaks. */
  doubt(message: AccusationMessage): void {
    const { clock, random, members } = this.#parts
    this.#drop(message.entity)
    const waitMs = random.fraction() * Math.min(waitMaxMs, perMemberMs * members.size)
    const cancel = clock.after(waitMs, () => this.#speak(message))
    this.#waiting.set(message.entity, { message, cancel })
  }

  /** Somebody else doubts a member; returns whether that is news, to be passed on. */
  heard(message: AccusationMessage): boolean {
    const waiting = this.#waiting.get(message.entity)
    if (waiting !== undefined && covers(message, waiting.message)) this.#drop(message.entity)
    return this.#note(message)
  }

  stop(): void {
    for (const { cancel } of this.#waiting.values()) cancel()
    this.#waiting.clear()
  }

  #speak(message: AccusationMessage): void {
    this.#waiting.delete(message.entity)
    const member = this.#parts.members.get(message.entity)
    if (member?.status !== 'suspect' || !covers(message, member)) return
    this.#note(message)
    this.#parts.say(message)
  }

  #note({ entity, life, sequence }: AccusationMessage): boolean {
    const atMs = this.#parts.clock.now()
    // The oldest stand first; where a large cluster falls apart they are many.
    for (const [other, { atMs: saidMs }] of this.#said) {
      if (atMs - saidMs < againMs) break
      this.#said.delete(other)
    }
    const said = this.#said.get(entity)
    if (said !== undefined && covers(said, { life, sequence })) return false
    this.#said.delete(entity)
    this.#said.set(entity, { life, sequence, atMs })
    return true
  }

  #drop(entity: EntityId): void {
    this.#waiting.get(entity)?.cancel()
    this.#waiting.delete(entity)
  }
}

/** Whether one doubt says all that another one does: it is of the same life, and of a word as new. */
const covers = (one: Doubt, other: Doubt): boolean =>
  compareLives(one.life, other.life) === 0 && one.sequence >= other.sequence
