import type { Network, Verdict } from '../network/network.ts'
import type { AccusationMessage, MembershipMessage } from '../protocol/messages.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { Announcement } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { LinkClaim } from '../state/link-claim.ts'
import type { PeerId } from '../state/peer-id.ts'
import { Accusations } from './accusations.ts'
import type { Counters } from './counters.ts'
import { FirstKnown } from './first-known.ts'
import type { Members } from './members.ts'
import { Onward } from './onward.ts'
import { Relay } from './relay.ts'
import { Routes } from './routes.ts'

/**
 * While gossip goes wherever it can, as it does when nodes start, the routes that it also takes may be so old: a cluster of a thousand that is just coming
 * together is otherwise than before at each word.
 */
const patienceMs = 1000

export interface SpreadParts {
  /** The own entity. */
  readonly entity: EntityId
  readonly clock: Clock
  readonly random: Random
  readonly network: Network
  readonly members: Members
  readonly counters: Counters
  readonly accuse: (message: AccusationMessage) => void
}

/** Whose word something is, and in which channel. */
interface Said {
  readonly entity: EntityId
  readonly channel: string
}

/**
 * What of gossip goes further from here. Its origin sends a message to all its neighbours; beyond them it takes the routes that follow from
 * everybody's links, and while somebody asks for it, it also goes wherever it can.
 */
export class Spread {
  readonly #parts: SpreadParts
  readonly #relay: Relay
  readonly #routes: Routes
  readonly #accusations: Accusations
  readonly #onward: Onward
  readonly #first: FirstKnown
  /** The neighbours to whom the message that is being taken goes on. */
  #next: readonly PeerId[] = []

  constructor(parts: SpreadParts) {
    this.#parts = parts
    const { clock, random, members, network, entity, accuse } = parts
    this.#relay = new Relay({ clock, members, links: () => network.links() })
    this.#routes = new Routes({ entity, members, now: () => clock.now() })
    this.#onward = new Onward(clock)
    this.#first = new FirstKnown(parts)
    this.#accusations = new Accusations({ clock, random, members, say: accuse })
  }

  /** Has a gossiped message taken, and hands it on. */
  take(topic: string, data: Uint8Array, from: PeerId, intake: () => Verdict): Verdict {
    const { network } = this.#parts
    this.#next = []
    const verdict = intake()
    const next = this.#next.filter((peer) => peer !== from)
    if (next.length === 0) return verdict
    if (network.handOn === undefined) return 'accept'
    network.handOn(topic, data, next)
    return verdict
  }

  /** Gossip of the membership. Doubts and farewells are rare, and go wherever they can. */
  ofMembership(verdict: Verdict, message: MembershipMessage, from: PeerId): Verdict {
    if (verdict !== 'accept') return verdict
    switch (message.kind) {
      case 'accusation':
        this.#relay.doubted(message.by)
        if (!this.#accusations.heard(message)) return 'ignore'
        // Who doubts is not signed: it is the neighbour's word.
        return this.#ifPassedOn(`doubts of ${from}`, () => true) ? verdict : 'ignore'
      case 'farewell':
        return this.#isPassedOn(message.entity) ? verdict : 'ignore'
      case 'heartbeat': {
        const { announcement } = message
        const { entity } = announcement
        const member = this.#parts.members.get(entity)
        const isMembersOwn = this.#isMembersOwn(announcement)
        if (isMembersOwn && member !== undefined) {
          this.#relay.heard(announcement, from === member.peer, member.begunMs)
        }
        // Who speaks in a member's name is linked with others than the member: its words go wherever they can, and show that there are two.
        const further = isMembersOwn ? this.#further(verdict, entity) : verdict
        if ((further === 'ignore' && this.#next.length === 0) || this.#isPassedOn(entity)) return further
        this.#next = []
        return 'ignore'
      }
    }
  }

  /** Gossip of a channel. */
  ofChannel(verdict: Verdict, { entity, channel }: Said): Verdict {
    return verdict === 'accept' ? this.#further(verdict, entity, channel) : verdict
  }

  /** Whether what an entity says in a channel goes on from here. */
  isPassedOn({ entity, channel }: Said): boolean {
    const routes = this.#routes
    return this.#relay.isNeeded || routes.nextHops(entity, channel)?.length !== 0 || routes.strangers().length > 0
  }

  /** Somebody's word of itself came, by gossip or not. Of links it counts where it is the member's, and no clone's or earlier life's. */
  heard(announcement: Announcement): void {
    if (this.#isMembersOwn(announcement)) this.#routes.hear(announcement.entity, announcement)
  }

  /** Whether the membership took it for the newest word of a member. */
  #isMembersOwn(announcement: Announcement): boolean {
    return this.#parts.members.get(announcement.entity)?.evidence.announcement === announcement
  }

  /** This node doubts a member. */
  doubt(message: AccusationMessage): void {
    this.#accusations.doubt(message)
  }

  /** Looks around before a heartbeat. */
  beat(): void {
    this.#relay.beat()
  }

  /** What this node's heartbeats say of what it needs from others. */
  get needs(): { readonly wantsRelay: boolean; readonly links: LinkClaim } {
    return { wantsRelay: this.#relay.isWanted, links: this.#routes.ownClaim }
  }

  stop(): void {
    this.#accusations.stop()
  }

  #isPassedOn(origin: EntityId): boolean {
    return this.#ifPassedOn(origin, () => this.#first.has(origin))
  }

  #ifPassedOn(origin: string, isFirst: () => boolean): boolean {
    const takes = this.#onward.takes(origin, isFirst)
    if (!takes) this.#parts.counters.add('membership_held_back')
    return takes
  }

  /** On the routes, and anywhere while somebody asks for it or where the way is not known. */
  #further(verdict: Verdict, origin: EntityId, channel?: string): Verdict {
    const goesAnywhere = this.#relay.isNeeded
    const next = this.#routes.nextHops(origin, channel, goesAnywhere ? patienceMs : 0)
    if (next !== undefined) this.#next = next
    if (goesAnywhere || next === undefined) return verdict
    this.#next = [...new Set([...next, ...this.#routes.strangers()])]
    return 'ignore'
  }
}
