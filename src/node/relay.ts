import type { Member } from '../membership/member.ts'
import type { Link } from '../network/network.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Announcement } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'

export interface RelayParts {
  readonly clock: Clock
  readonly members: {
    /** Members that count, this node left out. */
    others(): readonly Pick<Member, 'entity' | 'peer' | 'status' | 'heartbeatMs' | 'lastHeardMs' | 'connected'>[]
    /** Whether an entity is one of them. */
    isOther(entity: EntityId): boolean
  }
  readonly links: () => readonly Pick<Link, 'peer' | 'quietMs'>[]
}

/** Own heartbeats during which a node that has just begun asks for everything: it cannot know whom it does not hear. */
const firstBeats = 3

/**
 * And for no longer than this: what it says first goes everywhere within its first second, and in a cluster of a thousand three heartbeats take half a minute, in
 * which everybody would pass on everything.
 */
const firstMs = 2500

/** Own heartbeats for which it goes on asking after the last time that a link stood still: where one packet was lost, others may be, too. */
const askingBeats = 5

/**
 * Periods without a heartbeat over a member's own link: one is missing. With a fifth of all packets lost a link may stand still for longer than a
 * member is given to contradict, and by then what others heard must be on its way.
 */
const patience = 1.5

/**
 * Decides when gossip is passed on to whoever can take it. As a rule it goes where the routes lead, and where all hear all that is nowhere. A node to
 * which something may not come as it should says so in its heartbeats, and while anyone says so, all pass on what is new to them.
 */
export class Relay {
  readonly #parts: RelayParts
  /** When a member's gossip last came over its own link. */
  readonly #heardMs = new Map<EntityId, number>()
  readonly #wanting = new Set<EntityId>()
  /** Until then somebody asks who has just begun. */
  #newUntilMs = Number.NEGATIVE_INFINITY
  #beats = 0
  #asksUntilBeat = 0
  #begunMs: number | undefined
  #isWanted = true

  constructor(parts: RelayParts) {
    this.#parts = parts
  }

  /**
   * A heartbeat came of a member that was first heard of at `begunMs`; `isDirect` if as gossip over its own link. Who has just begun asks for so long and no
   * longer: that it needs nothing any more it says with its next heartbeat, ten seconds later in a cluster of a thousand.
   */
  heard({ entity, wantsRelay }: Pick<Announcement, 'entity' | 'wantsRelay'>, isDirect: boolean, begunMs: number): void {
    const now = this.#parts.clock.now()
    if (isDirect) this.#heardMs.set(entity, now)
    if (!wantsRelay) this.#wanting.delete(entity)
    else if (now - begunMs > firstMs) this.#wanting.add(entity)
    else this.#newUntilMs = Math.max(this.#newUntilMs, begunMs + firstMs)
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
    const quietMs = this.#quietLinks()
    const isUnheard = ({ entity, peer, heartbeatMs, connected, lastHeardMs }: (typeof others)[number]): boolean => {
      const spokenMs = connected ? (this.#heardMs.get(entity) ?? Number.NEGATIVE_INFINITY) : lastHeardMs
      const linkMs = connected ? (quietMs.get(peer) ?? Infinity) : Infinity
      return Math.min(now - spokenMs, linkMs) > patience * heartbeatMs
    }
    if (this.#beats > firstBeats && others.some(isUnheard)) this.#asksUntilBeat = this.#beats + askingBeats
    const isDoubted = ({ status, connected }: (typeof others)[number]): boolean => status === 'suspect' && !connected
    this.#begunMs ??= now
    const isNew = this.#beats <= firstBeats && now - this.#begunMs <= firstMs
    this.#isWanted = isNew || this.#beats <= this.#asksUntilBeat || others.some(isDoubted)
  }

  /**
   * While everything is passed on, what a neighbour passes on is often here before the word of its origin, which then comes as a copy that the
   * network keeps to itself: only the link shows that it came. Else, once begun, nobody would ever stop to ask.
   */
  #quietLinks(): ReadonlyMap<PeerId, number> {
    const quiet = new Map<PeerId, number>()
    for (const { peer, quietMs } of this.#parts.links()) {
      if (quietMs !== undefined) quiet.set(peer, Math.min(quietMs, quiet.get(peer) ?? quietMs))
    }
    return quiet
  }

  /** What heartbeats say: there may be a living member that this node does not hear as it should. */
  get isWanted(): boolean {
    return this.#isWanted
  }

  /** Whether what is new to this node is passed on. */
  get isNeeded(): boolean {
    return this.#wanting.size > 0 || this.#parts.clock.now() <= this.#newUntilMs
  }

  #forgetAllBut(present: ReadonlySet<EntityId>): void {
    for (const entity of this.#heardMs.keys()) if (!present.has(entity)) this.#heardMs.delete(entity)
    for (const entity of this.#wanting) if (!present.has(entity)) this.#wanting.delete(entity)
  }
}
