import type { MembershipEffect } from '../membership/effect.ts'
import type { Evidence } from '../membership/member.ts'
import type { Network } from '../network/network.ts'
import type { EvidenceMessage } from '../protocol/messages.ts'
import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf } from '../state/peer-id.ts'
import type { Questions } from './questions.ts'

export interface InformerParts {
  /** The own entity. */
  readonly entity: EntityId
  readonly network: Pick<Network, 'links'>
  readonly questions: Pick<Questions, 'tell'>
  /** This node's own word, as evidence for one that runs in an older life of the same entity. */
  readonly ownEvidence: () => Evidence
}

/** Tells whoever speaks for an entity in an older life than is known here, or with another key than its holder's. */
export class Informer {
  readonly #parts: InformerParts

  constructor(parts: InformerParts) {
    this.#parts = parts
  }

  /**
   * An older life is told on the way on which its word came: whoever handed that on hears of the later life, too, and is nearer to who leads the older one. A link to
   * its peer alone would not do, as it may lead to another process with that key.
   */
  inform({ entity, publicKey, peer, via, evidence }: Extract<MembershipEffect, { kind: 'inform' }>): void {
    const { network, questions } = this.#parts
    const shown = evidence ?? (entity === this.#parts.entity ? this.#parts.ownEvidence() : undefined)
    const isLinked = network.links().some((link) => link.peer === peer)
    const isHolder = peer === peerIdOf(publicKey)
    const told = new Set([...(isHolder ? [via] : []), ...(isLinked ? [peer] : [])])
    if (shown !== undefined) for (const to of told) questions.tell(to, evidenceOf(shown))
    if (isLinked && !isHolder) questions.tell(peer, { kind: 'refusal', entity, holder: publicKey })
  }
}

const evidenceOf = ({ announcement, signature }: Evidence): EvidenceMessage => {
  return { kind: 'evidence', announcement, signature }
}
