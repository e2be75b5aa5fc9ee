import type { TypedEventTarget } from '../runtime/emitter.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { MailboxCounts } from '../state/mailbox.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { NodeEvents } from './events.ts'
import type { ChannelView, CheckReport, Explanation, MemberView, StatsView, TrustView, ValueView } from './views.ts'

/** The values of the built-in channels; a channel of one's own has the values of its codec. */
export interface ChannelValues {
  device_state: DeviceState
  mwi: MailboxCounts
}

export type ValueOf<Channel extends string> = Channel extends keyof ChannelValues ? ChannelValues[Channel] : unknown

export type NodeStatus = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped'

/**
 * A running member of a cluster. Reads answer at once from memory; writes take effect at once here and reach the others by
 * gossip. Everything that fails fails with a `Failure`.
 */
export interface Node extends TypedEventTarget<NodeEvents>, AsyncDisposable {
  readonly status: NodeStatus
  readonly cluster: string
  readonly name: string
  /** Known once started. Reading them before throws `not-running`. */
  readonly entity: EntityId
  readonly peer: PeerId
  /** False: anyone on the network may join and write. */
  readonly keyed: boolean
  /** Own multiaddresses, with the peer ID, ready for another node's `peers`. */
  addresses(): readonly string[]

  /** Opens the store, listens, looks for peers. Rejects with a `Failure` and leaves nothing behind when it cannot. */
  start(options?: { readonly signal?: AbortSignal }): Promise<void>
  /** Says farewell, so that the others drop this node's entries at once, and closes everything. Safe to call again. */
  stop(): Promise<void>

  /**
   * Says this entity's value of a key. It counts here when the call returns; the promise resolves when it is also durable,
   * where the channel keeps the key (`Custom:` devices). Rejects with `invalid-argument`, `channel-closed`, `limit-reached`.
   */
  set<Channel extends string>(channel: Channel, key: string, value: ValueOf<Channel>): Promise<void>
  /** Takes this entity's value of a key back. True where there was one. */
  unset(channel: string, key: string): Promise<boolean>
  /** The cluster state of a key; undefined where no live entity says anything of it. */
  get<Channel extends string>(channel: Channel, key: string): ValueOf<Channel> | undefined
  /** The cluster state of all keys that match a pattern (`*` stands for anything), sorted by key. */
  list<Channel extends string>(channel: Channel, pattern?: string): ValueView<ValueOf<Channel>>[]
  /** Who says what of a key, what counts, and which rule decided. */
  explain(channel: string, key: string): Explanation

  /** The live entities that say something of a key; those that say just the cluster state come first. */
  speakers(channel: string, key: string): readonly EntityId[]

  members(): MemberView[]
  channels(): ChannelView[]
  stats(): StatsView
  /** Whose key each other entity is bound to. A binding is made at first sight, and stands until it is forgotten. */
  trust(): TrustView[]
  /**
   * Lets go of an entity, whose server lost its data directory or was replaced: the next key that speaks for it is bound. False where
   * nothing was known of it. Rejects with `invalid-argument`.
   */
  forgetTrust(entity: string): Promise<boolean>
  /** Binds an entity to a peer ID by hand. Rejects with `invalid-argument`. */
  pinTrust(entity: string, peer: string): Promise<void>
  /** Asks every reachable member for its cluster state and compares. */
  check(options?: { readonly signal?: AbortSignal }): Promise<CheckReport>
}
