import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Evidence } from './member.ts'

/** An entity's key, and the lowest life of it that is still heard. As the effects `bound` and `life-floor` gave it. */
export interface Binding {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly life: Life
  /** Its own signed word of its latest life, to be shown to whoever speaks for it from an older one. */
  readonly evidence?: Evidence | undefined
  /** It was once a member, and linked: not a name that somebody made up. */
  readonly linked?: boolean | undefined
  /** The how manieth entity it was that this node met; 0, the default, where that was not noted. */
  readonly seen?: number | undefined
  /** A person has said that it has this key. */
  readonly pinned?: boolean | undefined
}

/** What the node tells the membership. Signatures were checked before, against the key in the message itself. */
export type MembershipEvent =
  /** A node says that it lives; `from` is the neighbour that handed it over. */
  | ({ readonly kind: 'heartbeat'; readonly from: PeerId } & Evidence)
  /** A peer shows a word of this node's own entity from a later life than it runs in: answer to an `inform`. */
  | { readonly kind: 'evidence'; readonly evidence: Evidence; readonly from: PeerId }
  /** A node leaves on purpose. */
  | {
      readonly kind: 'farewell'
      readonly entity: EntityId
      readonly publicKey: Uint8Array
      readonly life: Life
      readonly sequence: number
    }
  /** `by` suspects a member that it last heard with this life and sequence. Unsigned: it can raise doubt, and no more. */
  | {
      readonly kind: 'accused'
      readonly entity: EntityId
      readonly life: Life
      readonly sequence: number
      readonly by: EntityId
    }
  /**
   * This node is about to send a heartbeat with this life and sequence. To be told before it is sent, so that its echo is
   * known as such; a life above the last is a next life taken. `toAll`: it is gossiped, and so answers whoever accused; a greeting to
   * one peer does not.
   */
  | { readonly kind: 'announced'; readonly life: Life; readonly sequence: number; readonly toAll: boolean }
  /** The first link to a peer is up. */
  | { readonly kind: 'connected'; readonly peer: PeerId }
  /** The last link to a peer is gone. */
  | { readonly kind: 'disconnected'; readonly peer: PeerId }
  /** Two running processes have the key of this peer, perhaps the own one: the network met both. */
  | { readonly kind: 'twin'; readonly peer: PeerId }
  /** Time passes; due every `tickMs`. */
  | { readonly kind: 'tick' }
  /** What an earlier run of the node knew, from its disk. */
  | { readonly kind: 'restore'; readonly bindings: readonly Binding[] }
  /** The operator lets go of an entity: its key and its lives too. */
  | { readonly kind: 'forget'; readonly entity: EntityId }
  /** The operator says whose key an entity has. */
  | { readonly kind: 'pin'; readonly entity: EntityId; readonly publicKey: Uint8Array }
  /** The peer `from` does not take this node's word for its entity, which it knows with the key `holder`. Moves no state but an alarm. */
  | { readonly kind: 'turned-away'; readonly holder: PeerId; readonly from: PeerId }
