import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Evidence, Member, MemberStatus } from './member.ts'

/**
 * - `cloned-entity`: two running nodes have one entity ID.
 * - `key-conflict`: somebody speaks for an entity that is away, with a foreign key; about the own entity, others take this
 *   node for such a one.
 * - `no-room`: a member was turned away, as there are as many as there can be; about the own entity.
 */
export type AlarmKind = 'cloned-entity' | 'key-conflict' | 'no-room'

/** Something people must know of. It stands until `alarm-cleared`. */
export interface Alarm {
  readonly alarm: AlarmKind
  readonly entity: EntityId
  /** Who is involved, the holder of the entity first. */
  readonly peers: readonly PeerId[]
  readonly sentence: string
}

/**
 * What the node has to do. For one entity the order is promised: `member-joined` (always alive) first, each
 * `member-changed` begins with the status the last one ended with, so a `down` comes only after an `alive`; `forgotten` ends it,
 * and only a new `member-joined` follows.
 */
export type MembershipEffect =
  | { readonly kind: 'member-joined'; readonly entity: EntityId; readonly to: 'alive'; readonly member: Member }
  /**
   * `restarted`: another life has begun. What the old one said must never count again: drop its documents. `from` and `to` may
   * then be equal.
   */
  | {
      readonly kind: 'member-changed'
      readonly entity: EntityId
      readonly from: MemberStatus
      readonly to: MemberStatus
      readonly restarted: boolean
      readonly member: Member
    }
  /** Its name, addresses or channels are others; status and life are not. */
  | { readonly kind: 'member-updated'; readonly entity: EntityId; readonly member: Member }
  /** Somebody suspects this node: send a heartbeat at once. */
  | { readonly kind: 'refute' }
  /** Gossip that this member is suspect, so that it can contradict through others. Once or twice a suspicion. */
  | { readonly kind: 'accuse'; readonly entity: EntityId; readonly life: Life; readonly sequence: number }
  /**
   * `peer` speaks for `entity` in an older life than is known here, or with another key than `publicKey`, to which it is
   * bound: show it the evidence. `via` is the neighbour its word came through. Without evidence only its key and life are known
   * here (from disk, or it was forgotten).
   */
  | {
      readonly kind: 'inform'
      readonly entity: EntityId
      readonly publicKey: Uint8Array
      readonly peer: PeerId
      readonly via: PeerId
      readonly life: Life
      readonly evidence: Evidence | undefined
    }
  /** This entity was heard in a later life than the own: take one above it, publish everything anew. */
  | { readonly kind: 'take-next-life'; readonly above: Life }
  | ({ readonly kind: 'alarm' } & Alarm)
  | { readonly kind: 'alarm-cleared'; readonly alarm: AlarmKind; readonly entity: EntityId }
  /** Keep on disk: the entity's key from now on, and the lowest life of it that is still heard. */
  | { readonly kind: 'bound'; readonly entity: EntityId; readonly publicKey: Uint8Array; readonly life: Life }
  /** Keep on disk: the lowest life of it that is still heard, its key being the same. */
  | { readonly kind: 'life-floor'; readonly entity: EntityId; readonly publicKey: Uint8Array; readonly life: Life }
  /** It is no member any more: drop what it said. */
  | { readonly kind: 'forgotten'; readonly entity: EntityId; readonly from: MemberStatus }
  /** Nothing of it need be on disk any more. */
  | { readonly kind: 'released'; readonly entity: EntityId }
  /** An entity found no room: there are `membersMax` members, all of them present and met before it. */
  | { readonly kind: 'refused'; readonly entity: EntityId; readonly peer: PeerId }
