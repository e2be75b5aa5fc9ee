import type { PeerId } from '../state/peer-id.ts'
import { limits } from '../protocol/limits.ts'
import type { Tell } from './events.ts'

export interface ForeignVersionsParts {
  readonly tell: Tell
  readonly nameOfPeer: (peer: PeerId) => string
}

/** Whether a message could not be read only because it is of another version of the protocol. */
export const isForeignVersion = (reason: string): boolean => reason === 'newer-version' || reason === 'older-version'

/** Whether a message that could not be read is a fault of who sent it: no other version's, and no kind that only a newer node knows. */
export const isFault = (reason: string): boolean => !isForeignVersion(reason) && reason !== 'unknown-kind'

/**
 * Peers that speak another version of the protocol. That is nobody's fault, but a person has to know, on both sides: it is told
 * once for each peer. The peer's messages are dropped, and the cluster of this node's version goes on.
 */
export class ForeignVersions {
  readonly #parts: ForeignVersionsParts
  readonly #told = new Map<PeerId, string>()

  constructor(parts: ForeignVersionsParts) {
    this.#parts = parts
  }

  meet(peer: PeerId, reason: string): void {
    if (this.#told.get(peer) === reason || this.#told.size >= limits.membersMax) return
    this.#told.set(peer, reason)
    const { tell, nameOfPeer } = this.#parts
    const sentence =
      reason === 'newer-version'
        ? `${nameOfPeer(peer)} speaks a newer protocol than this node, and they do not share states: upgrade this node`
        : `${nameOfPeer(peer)} speaks an older protocol than this node, and they do not share states: upgrade that node`
    tell('alarm', { kind: 'foreign-version', entity: undefined, sentence, phase: 'once' })
  }

  /** A peer that comes again may have been upgraded. */
  disconnected(peer: PeerId): void {
    this.#told.delete(peer)
  }
}
