import type { PeerId } from '../state/peer-id.ts'
import type { Verdict } from '../network/network.ts'
import type { AccusationMessage, MembershipMessage } from '../protocol/messages.ts'
import type { Random } from '../runtime/random.ts'
import { Accusations } from './accusations.ts'
import type { Members } from './members.ts'
import { Relay, type RelayParts } from './relay.ts'

export interface SpreadParts extends Pick<RelayParts, 'clock' | 'links'> {
  readonly random: Random
  readonly members: Members
  readonly accuse: (message: AccusationMessage) => void
}

/** What of gossip goes further from here. */
export class Spread {
  readonly #members: Members
  readonly #relay: Relay
  readonly #accusations: Accusations

  constructor({ accuse, ...parts }: SpreadParts) {
    this.#members = parts.members
    this.#relay = new Relay(parts)
    this.#accusations = new Accusations({ ...parts, say: accuse })
  }

  /** This node doubts a member. */
  doubt(message: AccusationMessage): void {
    this.#accusations.doubt(message)
  }

  /** Looks around before a heartbeat. */
  beat(): void {
    this.#relay.beat()
  }

  /** What heartbeats say: there is a living member that this node does not hear for itself. */
  get isWanted(): boolean {
    return this.#relay.isWanted
  }

  /** Whether what is new to this node is passed on. */
  get isNeeded(): boolean {
    return this.#relay.isNeeded
  }

  stop(): void {
    this.#accusations.stop()
  }

  /** Gossip of the membership. Doubts and farewells are rare, and go on whatever others hear. */
  ofMembership(verdict: Verdict, message: MembershipMessage, from: PeerId): Verdict {
    if (verdict !== 'accept') return verdict
    switch (message.kind) {
      case 'accusation':
        this.#relay.doubted(message.by)
        return this.#accusations.heard(message) ? verdict : 'ignore'
      case 'farewell':
        return verdict
      case 'heartbeat': {
        const { announcement } = message
        this.#relay.heard(announcement, from === this.#members.get(announcement.entity)?.peer)
        return this.ofChannel(verdict)
      }
    }
  }

  /** What is good and new goes on only while somebody depends on it. */
  ofChannel(verdict: Verdict): Verdict {
    return verdict === 'accept' && !this.#relay.isNeeded ? 'ignore' : verdict
  }
}
