import type { Member } from '../membership/member.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Announcement } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'

export interface RelayParts {
  readonly clock: Clock
  readonly members: {
    /** Members that count, this node left out. */
    others(): readonly Pick<Member, 'entity' | 'heartbeatMs' | 'connected'>[]
    /** Whether an entity is one of them. */
    isOther(entity: EntityId): boolean
  }
}

/** Own heartbeats during which a node that has just begun asks for everything: it cannot know whom it does not hear. */
const firstBeats = 3

/**
 * Periods without a heartbeat over a member's own link: one is missing. With a fifth of all packets lost a link may stand still for longer than a
 * member is given to contradict, and by then what others heard must be on its way.
 */
const patience = 1.5

/**
 * Decides who passes gossip on. A message reaches every neighbour of its origin at once, so where all hear all, passing it on is
 * a second copy of everything for nobody. A node that does not hear some living member directly says so in its heartbeats, and
 * while anyone says so, all pass on what is new to them.
 */
export class Relay {
  readonly #parts: RelayParts
  /** When a member's gossip last came over its own link. */
  readonly #heardMs = new Map<EntityId, number>()
  readonly #wanting = new Set<EntityId>()
  #beats = 0
  #isWanted = true

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  /** A member's heartbeat came; `isDirect` if as gossip over its own link. */
  heard({ entity, wantsRelay }: Pick<Announcement, 'entity' | 'wantsRelay'>, isDirect: boolean): void {
    if (isDirect) this.#heardMs.set(entity, this.#parts.clock.now())
    if (wantsRelay) this.#wanting.add(entity)
    else this.#wanting.delete(entity)
  }

  /** A member doubts another, and what that one answers must reach it, though its heartbeat could not yet ask for it. */
  doubted(by: EntityId): void {
    if (this.#parts.members.isOther(by)) this.#wanting.add(by)
  }

  /** Looks around before a heartbeat. */
  beat(): void {
    this.#beats += 1
    const now = this.#parts.clock.now()
    const others = this.#parts.members.others()
    this.#forgetAllBut(new Set(others.map(({ entity }) => entity)))
    const isUnheard = ({ entity, heartbeatMs, connected }: (typeof others)[number]): boolean =>
      !connected || now - (this.#heardMs.get(entity) ?? Number.NEGATIVE_INFINITY) > patience * heartbeatMs
    this.#isWanted = this.#beats <= firstBeats || others.some(isUnheard)
  }

  /** What heartbeats say: there is a living member that this node does not hear for itself. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** Whether what is new to this node is passed on. */
  get isNeeded(): boolean {
    return this.#wanting.size > 0
  }

  #forgetAllBut(present: ReadonlySet<EntityId>): void {
    for (const entity of this.#heardMs.keys()) if (!present.has(entity)) this.#heardMs.delete(entity)
    for (const entity of this.#wanting) if (!present.has(entity)) this.#wanting.delete(entity)
  }
}
