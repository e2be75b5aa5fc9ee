import type { TypedEventTarget } from '../runtime/emitter.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Stamp } from '../state/stamp.ts'
import type { ChannelReference, SummaryOf, ValueOf } from './channel-values.ts'
import type { NodeEvents } from './events.ts'
import type { PeerOptions } from './peer-options.ts'
import type { Snapshot } from './snapshot.ts'
import type {
  ChannelView,
  CheckReport,
  Explanation,
  MemberView,
  RoundTripReport,
  StatsView,
  TrustView,
  ValueView,
} from './views.ts'
import type { Watch } from './watch.ts'

/** What a node does just now: it begins `idle`, and may be started again once it is `stopped`. */
export type NodeStatus = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped'

/** How the round trip of changes is measured. */
export interface RoundTripOptions {
  /** Changes to make, 1 to 1000. Default 20. */
  readonly changes?: number
  readonly signal?: AbortSignal | undefined
}

/** How a value is said. */
export interface SetOptions {
  /**
   * False for a value that whoever says it will say again after a restart: it is not written to disk, and what was written of the key goes.
   * Default true: what the channel keeps is kept.
   */
  readonly kept?: boolean
  /**
   * The stamp that the value had, for whoever says it again after a restart: of another entity a newer word stays the newer one. See
   * `EntryView.stamp`. Default: above all that stands of the key.
   */
  readonly stamp?: Stamp | undefined
}

/** What a call that may take a while is told. */
export interface WaitOptions {
  /** Ends the call: it rejects with the `Failure` `aborted`. Default none; `AbortSignal.timeout(5000)` is five seconds. */
  readonly signal?: AbortSignal | undefined
}

/** What a watch follows. */
export interface WatchOptions<Reference extends ChannelReference> {
  /** Default `device_state`. */
  readonly channel?: Reference
  /** Begin with the values that stand, as changes from undefined. Default false. */
  readonly initial?: boolean
  /** Ends the loop, without an error. Default none. */
  readonly signal?: AbortSignal | undefined
}

/**
 * A running member of a cluster. Reads answer at once from memory; writes take effect at once here and reach the others by
 * gossip. Everything that fails fails with a `Failure`; before `start` and after `stop` all reads and writes fail with
 * `not-running`, and with a channel that is not open all fail with `channel-closed`.
 *
 * In the examples `node` is a started node.
 */
export interface Node extends TypedEventTarget<NodeEvents>, AsyncDisposable {
  /** What it does just now. */
  readonly status: NodeStatus
  /** The name of its cluster. */
  readonly cluster: string
  /** Its name, for people. */
  readonly name: string
  /** Known once started. Reading it before throws `not-running`. */
  readonly entity: EntityId
  /** Known once started. Reading it before throws `not-running`. */
  readonly peer: PeerId
  /** False: anyone on the network may join and write. */
  readonly keyed: boolean
  /**
   * Own multiaddresses, with the peer ID, ready for another node's `peers`.
   *
   * @example
   * ```ts
   * console.log(node.addresses().join('\n'))
   * ```
   */
  addresses(): readonly string[]

  /**
   * Opens the store, listens, looks for peers. Rejects and leaves nothing behind when it cannot: with
   * `data-directory-in-use`, `data-directory-unusable`, `store-damaged`, `address-unusable` or `aborted`. A node that runs
   * already is left as it is.
   *
   * @example
   * ```ts
   * await node.start({ signal: AbortSignal.timeout(10_000) })
   * ```
   */
  start(options?: WaitOptions): Promise<void>
  /**
   * Says farewell, so that the others drop this node's entries at once, and closes everything. Safe to call again.
   *
   * @example
   * ```ts
   * await node.stop()
   * console.log(node.status)
   * ```
   */
  stop(): Promise<void>

  /**
   * Says this entity's value of a key. It counts here when the call returns; the promise resolves when it is also durable,
   * where the channel keeps the key (`Custom:` devices). Rejects with `invalid-argument` for a wrong key or value, with
   * `channel-closed`, or with `limit-reached`, and changes nothing then. Where it rejects with `not-kept`, the value counts and is told to all,
   * and is kept as soon as the disk takes it.
   *
   * @example
   * ```ts
   * await node.set('device_state', 'PJSIP/alice', 'INUSE')
   * await node.set('mwi', '100@default', { newMessages: 2, oldMessages: 0 })
   * ```
   */
  set<Reference extends ChannelReference>(
    channel: Reference,
    key: string,
    value: ValueOf<Reference>,
    options?: SetOptions,
  ): Promise<void>
  /**
   * Takes this entity's value of a key back. True where there was one. Rejects with `not-kept` as `set` does.
   *
   * @example
   * ```ts
   * await node.set('device_state', 'Custom:night', 'INUSE')
   * console.log(await node.unset('device_state', 'Custom:night'))
   * ```
   */
  unset(channel: ChannelReference, key: string): Promise<boolean>
  /**
   * Says something of a key that nobody keeps: the others get a `passing` event, once, and the cluster state stays as it is. Lost
   * where the network is; more than 500 in a second are dropped. Throws `invalid-argument`, `channel-closed`.
   *
   * @example
   * ```ts
   * node.pass('device_state', 'Local/100@default-00000001;1', 'INUSE')
   * ```
   */
  pass<Reference extends ChannelReference>(channel: Reference, key: string, value: ValueOf<Reference>): void
  /**
   * The cluster state of a key; undefined where no live entity says anything of it.
   *
   * @example
   * ```ts
   * const lamp = node.get('device_state', 'PJSIP/alice') ?? 'INVALID'
   * console.log(lamp)
   * ```
   */
  get<Reference extends ChannelReference>(channel: Reference, key: string): SummaryOf<Reference> | undefined
  /**
   * The cluster state of all keys that match a pattern (`*` stands for anything), sorted by key.
   *
   * @example
   * ```ts
   * for (const { key, value } of node.list('device_state', 'PJSIP/*')) console.log(key, value)
   * ```
   */
  list<Reference extends ChannelReference>(channel: Reference, pattern?: string): ValueView<SummaryOf<Reference>>[]
  /**
   * The whole cluster state of a channel as it is now, as a map that never changes. Of two snapshots with no change in
   * between the second is the first.
   *
   * @example
   * ```ts
   * const lamps = node.snapshot('device_state')
   * await node.set('device_state', 'PJSIP/bob', 'RINGING')
   * console.log(lamps.has('PJSIP/bob'), node.snapshot('device_state').get('PJSIP/bob'))
   * ```
   */
  snapshot<Reference extends ChannelReference>(channel: Reference): Snapshot<SummaryOf<Reference>>
  /**
   * Follows the keys that match a pattern, for `for await`. A reader that is slower than the changes gets the last value of
   * each key and the number of changes it missed.
   *
   * @example
   * ```ts
   * const done = new AbortController()
   * const reader = (async () => {
   *   for await (const change of node.watch('PJSIP/*', { signal: done.signal })) {
   *     console.log(change.key, change.before, change.after, change.skipped)
   *   }
   * })()
   * await node.set('device_state', 'PJSIP/alice', 'INUSE')
   * done.abort()
   * await reader
   * ```
   */
  watch<Reference extends ChannelReference = 'device_state'>(
    pattern?: string,
    options?: WatchOptions<Reference>,
  ): Watch<SummaryOf<Reference>>
  /**
   * Waits for a condition: resolves with the first result that is not false, null or undefined. The condition is looked at
   * now and after every event of the node. Rejects with what it throws, with `aborted`, or with `not-running` when the node
   * stops first.
   *
   * @example
   * ```ts
   * const busy = node.until((now) => now.get('device_state', 'PJSIP/alice') === 'BUSY', {
   *   signal: AbortSignal.timeout(5000),
   * })
   * await node.set('device_state', 'PJSIP/alice', 'BUSY')
   * await busy
   * ```
   */
  until<Result>(condition: (node: Node) => Result, options?: WaitOptions): Promise<Settled<Result>>
  /**
   * Waits until every reachable member, as this node sees them, shows the same cluster state on the channels both subscribe,
   * and resolves with the comparison. A node that has found nobody yet agrees with all: wait for members with `until`.
   *
   * @example
   * ```ts
   * const { members } = await node.settled({ signal: AbortSignal.timeout(5000) })
   * console.log(members.length)
   * ```
   */
  settled(options?: WaitOptions): Promise<CheckReport>
  /**
   * Who says what of a key, what counts, and which rule decided.
   *
   * @example
   * ```ts
   * await node.set('device_state', 'PJSIP/alice', 'INUSE')
   * console.log(node.explain('device_state', 'PJSIP/alice').rule)
   * ```
   */
  explain(channel: ChannelReference, key: string): Explanation

  /**
   * The live entities that say something of a key; those that say just the cluster state come first.
   *
   * @example
   * ```ts
   * await node.set('device_state', 'PJSIP/alice', 'INUSE')
   * console.log(node.speakers('device_state', 'PJSIP/alice')[0] === node.entity)
   * ```
   */
  speakers(channel: ChannelReference, key: string): readonly EntityId[]

  /**
   * This node first, then the others by name, also those that are down or have left.
   *
   * @example
   * ```ts
   * for (const { name, status } of node.members()) console.log(name, status)
   * ```
   */
  members(): MemberView[]
  /**
   * The open channels.
   *
   * @example
   * ```ts
   * for (const { channel, keys } of node.channels()) console.log(channel, keys)
   * ```
   */
  channels(): ChannelView[]
  /**
   * Counters since the start, and gauges, by name.
   *
   * @example
   * ```ts
   * console.log(node.stats()['links'])
   * ```
   */
  stats(): StatsView
  /**
   * Whose key each other entity is bound to. A binding is made at first sight, and stands until it is forgotten.
   *
   * @example
   * ```ts
   * for (const { entity, peer } of node.trust()) console.log(entity, peer)
   * ```
   */
  trust(): TrustView[]
  /**
   * Lets go of an entity, whose server lost its data directory or was replaced: the next key that speaks for it is bound. False where
   * nothing was known of it. Rejects with `invalid-argument`.
   *
   * @example
   * ```ts
   * console.log(await node.forgetTrust('02:00:00:00:00:09'))
   * ```
   */
  forgetTrust(entity: string): Promise<boolean>
  /**
   * Binds an entity to a peer ID by hand. Rejects with `invalid-argument`.
   *
   * @example
   * ```ts
   * await node.pinTrust('02:00:00:00:00:09', '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp')
   * ```
   */
  pinTrust(entity: string, peer: string): Promise<void>
  /**
   * Takes other peers than before: the addresses to connect to, and who may take part. What is left out is as if it had never been given.
   * Whoever may no longer take part is disconnected and counts no more; other links stay. Throws `not-running`, and `invalid-argument`, which
   * changes nothing.
   *
   * @example
   * ```ts
   * node.usePeers({ peers: ['pbx2.example.com:4001', 'pbx3.example.com:4001'] })
   * ```
   */
  usePeers(options: PeerOptions): void
  /**
   * Asks every reachable member for its cluster state and compares, once; a difference is looked at four times within a
   * second before it is told. Rejects with `aborted`.
   *
   * @example
   * ```ts
   * const { agreed, alarms } = await node.check()
   * console.log(agreed, alarms)
   * ```
   */
  check(options?: WaitOptions): Promise<CheckReport>
  /**
   * Times changes of a `Custom:lampfield-bench-` device, which is gone again afterwards, until each linked member says that it has them: the change
   * on its way there and the answer on its way back. Rejects with `invalid-argument`, `channel-closed`, or `aborted`.
   *
   * @example
   * ```ts
   * const { members } = await node.roundTrips({ changes: 5 })
   * for (const { name, changeMs } of members) console.log(name, changeMs)
   * ```
   */
  roundTrips(options?: RoundTripOptions): Promise<RoundTripReport>
}

/** What `until` resolves with: a result that holds. */
export type Settled<Result> = Exclude<Result, false | null | undefined>
