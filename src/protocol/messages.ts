import type { Announcement } from '../state/announcement.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Life, Version } from '../state/version.ts'

/** A node says that it lives, and where its documents stand. Membership topic; also the first frame to a new peer. */
export interface HeartbeatMessage {
  readonly kind: 'heartbeat'
  readonly announcement: Announcement
  /** By the announcement's own key over `announcementBytes`. */
  readonly signature: Uint8Array
}

/**
 * A heartbeat of the receiver's own entity, from a later life than the one it announces: its memory or its clock was lost.
 * Direct only; the receiver takes the next life above it.
 */
export interface EvidenceMessage {
  readonly kind: 'evidence'
  readonly announcement: Announcement
  readonly signature: Uint8Array
}

/**
 * The sender does not take the receiver's word for `entity`, because it is bound to the key `holder` there. Direct only, and
 * unsigned: it moves no state, it only makes the receiver say so where a person looks.
 */
export interface RefusalMessage {
  readonly kind: 'refusal'
  readonly entity: EntityId
  readonly holder: Uint8Array
}

/** A node leaves on purpose. Membership topic. */
export interface FarewellMessage {
  readonly kind: 'farewell'
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly life: Life
  readonly sequence: number
  readonly signature: Uint8Array
}

/**
 * `by` no longer hears `entity`, whose last known announcement had this life and sequence. Membership topic. Unsigned: it
 * moves no state, it only asks the accused to speak up, which the accused does at a bounded rate.
 */
export interface AccusationMessage {
  readonly kind: 'accusation'
  readonly entity: EntityId
  readonly life: Life
  readonly sequence: number
  readonly by: EntityId
}

/** A document's head as the wire carries it. */
export interface HeadMessage {
  readonly document: DocumentId
  readonly version: Version
  readonly stateHash: Uint8Array
  readonly signature: Uint8Array
}

/**
 * Changes of one document. Gossiped on the channel's topic as a whole; in an answer to a pull, a run of several updates
 * comes as one message an update (`part` of `parts`), each with the same head.
 */
export type TransferMessage =
  | {
      readonly kind: 'run'
      readonly head: HeadMessage
      readonly from: number
      readonly part: number
      readonly parts: number
      readonly update: Uint8Array
    }
  | { readonly kind: 'roll-over'; readonly head: HeadMessage; readonly from: number }

/** A value that nobody keeps. Gossiped on the channel's topic, and worth nothing to who was not there. */
export interface PassingMessage {
  readonly kind: 'passing'
  readonly entity: EntityId
  readonly life: Life
  /** Grows with each of this life; the same one is taken once. */
  readonly sequence: number
  readonly channel: string
  readonly key: string
  /** By the channel's codec, without a stamp. */
  readonly value: Uint8Array
  /** By the entity's key over `passingBytes`. */
  readonly signature: Uint8Array
}

/** Asks whether the counted documents of these channels stand alike. Answer: `same`, or `vector` messages. */
export interface CompareMessage {
  readonly kind: 'compare'
  readonly digests: readonly { readonly channel: string; readonly digest: Uint8Array }[]
}

export interface SameMessage {
  readonly kind: 'same'
}

/** Where one document stands with the sender. */
export interface Stand {
  readonly document: DocumentId
  readonly version: Version
  /** The first 8 bytes of the state hash. */
  readonly mark: Uint8Array
}

/** Where the sender's counted documents of these channels stand. Answer to `compare`; as a request it is an offer. */
export interface VectorMessage {
  readonly kind: 'vector'
  readonly channels: readonly string[]
  readonly stands: readonly Stand[]
}

/** Asks for documents newer than what the asker has. Answer: `run` and `roll-over` messages. */
export interface PullMessage {
  readonly kind: 'pull'
  readonly wants: readonly { readonly document: DocumentId; readonly since: Version | undefined }[]
}

/** Asks for the cluster state as the peer sees it. Answer: one `agreement`, then `listed` for the channels asked for. */
export interface CheckMessage {
  readonly kind: 'check'
  /** Channels whose every value is wanted, not only the digest. */
  readonly list: readonly string[]
}

export interface AgreementMessage {
  readonly kind: 'agreement'
  readonly entity: EntityId
  /** The entities that count, in the eyes of the sender. */
  readonly counted: readonly { readonly entity: EntityId; readonly life: Life }[]
  readonly channels: readonly { readonly channel: string; readonly keys: number; readonly digest: Uint8Array }[]
}

export interface ListedMessage {
  readonly kind: 'listed'
  readonly channel: string
  readonly values: readonly { readonly key: string; readonly value: Uint8Array }[]
}

/** What may stand on the membership topic. */
export type MembershipMessage = HeartbeatMessage | FarewellMessage | AccusationMessage

/** Everything that crosses the wire. */
export type Message =
  | MembershipMessage
  | EvidenceMessage
  | RefusalMessage
  | TransferMessage
  | PassingMessage
  | CompareMessage
  | SameMessage
  | VectorMessage
  | PullMessage
  | CheckMessage
  | AgreementMessage
  | ListedMessage
