import type { EntityId } from './entity-id.ts'
import type { LinkClaim } from './link-claim.ts'
import type { Life } from './version.ts'

/** How a node takes part in one event channel. */
export interface ChannelRole {
  readonly channel: string
  readonly publish: boolean
  readonly subscribe: boolean
}

/** Where the sender's own document stands: enough to see that a copy lags or differs. */
export interface DocumentStand {
  readonly channel: string
  readonly shard: number
  readonly epoch: number
  readonly clock: number
  /** The first 8 bytes of the hash of the document's live entries. */
  readonly mark: Uint8Array
}

/** What a node says of itself with each heartbeat; signed by its key. */
export interface Announcement {
  readonly entity: EntityId
  /** Ed25519 public key, 32 bytes: the node's peer ID and its signature on everything it publishes. */
  readonly publicKey: Uint8Array
  readonly life: Life
  /** Grows with each announcement of a life, from 1: an older one that arrives late is known as such. */
  readonly sequence: number
  readonly name: string
  /** Multiaddresses without the peer ID, freshest first. */
  readonly addresses: readonly string[]
  readonly channels: readonly ChannelRole[]
  /** Milliseconds until the next announcement at the latest. */
  readonly heartbeatMs: number
  /** Something does not reach the sender as it should: whoever can passes all gossip on. */
  readonly wantsRelay: boolean
  /** The sender has met another process with its key: a copy of its data directory. */
  readonly hasTwin: boolean
  /** With whom it is linked: whose words it needs no other one for. */
  readonly links: LinkClaim
  readonly stands: readonly DocumentStand[]
}
