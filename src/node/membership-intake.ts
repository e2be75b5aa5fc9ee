import { compareLives } from '../state/version.ts'
import type { Signatures } from '../runtime/signature.ts'
import type { Verdict } from '../network/network.ts'
import { announcementBytes, farewellBytes } from '../protocol/encode.ts'
import type {
  EvidenceMessage,
  FarewellMessage,
  HeartbeatMessage,
  MembershipMessage,
  RefusalMessage,
} from '../protocol/messages.ts'
import { sameBytes } from '../membership/same.ts'
import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import type { Counters } from './counters.ts'
import type { Gatekeeper } from './gatekeeper.ts'
import type { Members } from './members.ts'

export interface MembershipIntakeParts {
  readonly members: Members
  readonly signatures: Signatures
  readonly cluster: string
  readonly counters: Counters
  /** The own entity. */
  readonly entity: EntityId
  /** Whether a peer may take part at all, and may have one more word checked. */
  readonly gatekeeper: Pick<Gatekeeper, 'allows' | 'mayAnnounce' | 'mayAccuse'>
}

/**
 * Takes what others say of who is here: checks signatures, tells the membership, and says whether a message is worth passing on.
 * What tells nothing new is not even verified: in a mesh most copies of a message are such.
 */
export class MembershipIntake {
  readonly #parts: MembershipIntakeParts

  constructor(parts: MembershipIntakeParts) {
    this.#parts = parts
  }

  take(message: MembershipMessage | EvidenceMessage, from: PeerId): Verdict {
    switch (message.kind) {
      case 'heartbeat':
        return this.#heartbeat(message, from)
      case 'evidence':
        // Of somebody else it is a word as any other, on its way back to who speaks in an older life.
        return message.announcement.entity === this.#parts.entity
          ? this.#evidence(message, from)
          : this.#heartbeat(message, from)
      case 'farewell':
        return this.#farewell(message, from)
      case 'accusation': {
        if (!this.#parts.gatekeeper.mayAccuse(from)) return 'ignore'
        const { entity, life, sequence, by } = message
        this.#parts.members.apply({ kind: 'accused', entity, life, sequence, by })
        return 'accept'
      }
    }
  }

  /** An own word of a later life, shown by a peer. */
  #evidence(message: EvidenceMessage, from: PeerId): Verdict {
    if (!this.#parts.gatekeeper.mayAnnounce(from)) return 'ignore'
    if (!this.#isSigned(message)) return 'reject'
    const { announcement, signature } = message
    this.#parts.members.apply({ kind: 'evidence', evidence: { announcement, signature }, from })
    return 'ignore'
  }

  /** A peer does not take this node's word for its entity. */
  refusal({ entity, holder }: RefusalMessage, from: PeerId): void {
    if (entity !== this.#parts.entity) return
    this.#parts.members.apply({ kind: 'turned-away', holder: peerIdOf(holder), from })
  }

  #heartbeat(message: HeartbeatMessage | EvidenceMessage, from: PeerId): Verdict {
    const isNews = this.#isNews(message)
    if (!isNews) {
      this.#parts.counters.add('heartbeats_stale')
      if (!this.#isForgetful(message, from)) return 'ignore'
    }
    if (!this.#parts.gatekeeper.allows(this.#peerOf(message))) {
      this.#parts.counters.refuse('peer-not-allowed')
      return 'ignore'
    }
    if (!this.#parts.gatekeeper.mayAnnounce(from)) return 'ignore'
    if (!this.#isSigned(message)) return 'reject'
    const { announcement, signature } = message
    this.#parts.counters.add('heartbeats_heard')
    this.#parts.members.apply({ kind: 'heartbeat', announcement, signature, from })
    return isNews ? 'accept' : 'ignore'
  }

  #farewell(message: FarewellMessage, from: PeerId): Verdict {
    const { entity, publicKey, life, sequence, signature } = message
    const member = this.#parts.members.get(entity)
    if (member === undefined || member.status === 'left' || compareLives(life, member.life) < 0) return 'ignore'
    const { signatures, cluster, counters, members, gatekeeper } = this.#parts
    if (!gatekeeper.mayAnnounce(from)) return 'ignore'
    if (!signatures.verify(publicKey, farewellBytes(cluster, message), signature)) {
      counters.refuse('bad-signature')
      return 'reject'
    }
    members.apply({ kind: 'farewell', entity, publicKey, life, sequence })
    return 'accept'
  }

  #isNews({ announcement }: HeartbeatMessage | EvidenceMessage): boolean {
    const { entity, publicKey, life, sequence } = announcement
    const member = this.#parts.members.get(entity)
    if (member === undefined || !sameBytes(member.publicKey, publicKey)) return true
    const order = compareLives(life, member.life)
    return order !== 0 || sequence > member.sequence
  }

  /** Whether a member says over its own link, where words keep their order, less than it has said before: it shall be told. */
  #isForgetful({ announcement: { entity, sequence } }: HeartbeatMessage | EvidenceMessage, from: PeerId): boolean {
    const member = this.#parts.members.get(entity)
    return member !== undefined && member.peer === from && sequence < member.sequence
  }

  /** Its peer ID: working one out takes longer than reading the whole heartbeat, and members' are known. */
  #peerOf({ announcement: { entity, publicKey } }: HeartbeatMessage | EvidenceMessage): PeerId {
    const member = this.#parts.members.get(entity)
    return member !== undefined && sameBytes(member.publicKey, publicKey) ? member.peer : peerIdOf(publicKey)
  }

  #isSigned({ announcement, signature }: HeartbeatMessage | EvidenceMessage): boolean {
    const { signatures, cluster, counters } = this.#parts
    const bytes = announcementBytes(cluster, announcement)
    if (signatures.verify(announcement.publicKey, bytes, signature)) return true
    counters.refuse('bad-signature')
    return false
  }
}
