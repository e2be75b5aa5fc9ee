import type { ChannelRole } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Stamp } from '../state/stamp.ts'

/** What a member is, in the eyes of this node. `self` is this node. */
export type MemberStanding = 'self' | 'alive' | 'suspect' | 'down' | 'left'

/** One member, as listings show it. Plain data: it can be printed as JSON as it is. */
export interface MemberView {
  readonly entity: EntityId
  readonly name: string
  readonly peer: PeerId
  readonly status: MemberStanding
  /** Whether a direct link to it is up. A member may be alive through others' gossip alone. */
  readonly connected: boolean
  readonly addresses: readonly string[]
  readonly channels: readonly ChannelRole[]
  readonly incarnation: number
  /** Milliseconds since its status last changed. */
  readonly statusForMs: number
  /** Milliseconds since it was last heard; 0 for this node. */
  readonly heardAgoMs: number
  readonly roundTripMs: number | undefined
  /** Milliseconds since it told of entries that have not arrived here yet; 0 where nothing is missing. */
  readonly lagMs: number
  /** The copies here are what it last said they should be. */
  readonly agrees: boolean
  /** Its live entries held here, over all channels. */
  readonly entries: number
  /** Sentences of standing alarms about it: a cloned entity ID, a foreign key. Of this node also those about entities that are no members yet. */
  readonly alarms: readonly string[]
}

/** One open event channel. */
export interface ChannelView {
  readonly channel: string
  readonly publish: boolean
  readonly subscribe: boolean
  /** Keys with a cluster state. */
  readonly keys: number
  /** Own live entries. */
  readonly ownEntries: number
  /** Members that publish and that subscribe it, this node included. */
  readonly publishers: number
  readonly subscribers: number
}

/** Whose key an entity is bound to, in the eyes of this node. */
export interface TrustView {
  readonly entity: EntityId
  /** Undefined where only the binding is known. */
  readonly name: string | undefined
  readonly peer: PeerId
  /** `unseen`: not heard since this node started. */
  readonly standing: Exclude<MemberStanding, 'self'> | 'unseen'
  /** The peer that speaks for the entity with another key, while it does. */
  readonly claimedBy: PeerId | undefined
}

/** One key of the cluster state. */
export interface ValueView<Value = unknown> {
  readonly key: string
  readonly value: Value
  /**
   * Wall-clock milliseconds at which the newest entry that counts was written, by its writer's clock. Only on channels that
   * are defined with `stampShown`.
   */
  readonly sinceMs?: number
}

/** What one entity says of one key, and whether it counts. */
export interface EntryView {
  readonly entity: EntityId
  readonly name: string
  readonly value: unknown
  /** Wall-clock milliseconds of the write, by the writer's clock. */
  readonly sinceMs: number
  /** What orders it among the words of all entities: `sinceMs` and a count of the writes within it. */
  readonly stamp: Stamp
  readonly incarnation: number
  /** `unknown`: its entries came before its first heartbeat. */
  readonly status: MemberStanding | 'unknown'
  readonly counted: boolean
  /** Why it counts or does not, as a sentence. */
  readonly why: string
}

/** Why a key shows what it shows. */
export interface Explanation {
  readonly channel: string
  readonly key: string
  readonly value: unknown
  readonly entries: readonly EntryView[]
  /** The rule that decided, as a sentence. */
  readonly rule: string
}

/** One key on which a member and this node differ. */
export interface DifferenceView {
  readonly channel: string
  readonly key: string
  readonly here: unknown
  readonly there: unknown
}

/** What a check found out about one member. */
export interface CheckedMember {
  readonly entity: EntityId
  readonly name: string
  readonly verdict: 'agrees' | 'differs' | 'unreachable'
  /** What differs, as sentences: members counted there and not here, keys with other values; or why it cannot be reached. */
  readonly findings: readonly string[]
  readonly differences: readonly DifferenceView[]
}

/** What a comparison with all members found. */
export interface CheckReport {
  /** True when every reachable member agrees, no alarm stands, and at least one is reached of those that are known and have not left. */
  readonly agreed: boolean
  readonly members: readonly CheckedMember[]
  readonly alarms: readonly string[]
}

/** How long the changes of one measurement took to one member and back. Milliseconds, in the order of the changes. */
export interface TimedMember {
  readonly entity: EntityId
  readonly name: string
  /** Round trips of a bare question, on the same way as the one that asks for the change. */
  readonly questionMs: readonly number[]
  /** From each change until the member had said that it has it. Fewer than changes where it did not, within two seconds. */
  readonly changeMs: readonly number[]
}

/** What `Node.roundTrips` measured, a member each. */
export interface RoundTripReport {
  /** The device that was changed; it is gone again. */
  readonly key: string
  readonly changes: number
  readonly members: readonly TimedMember[]
}

/** Counters and gauges by name, flat: `changes_published`, `refused_bad_signature` and so on. */
export type StatsView = Readonly<Record<string, number>>
