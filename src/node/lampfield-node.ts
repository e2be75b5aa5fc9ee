import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../runtime/clock.ts'
import { TypedEventTarget } from '../runtime/emitter.ts'
import { Failure } from '../runtime/failure.ts'
import { silentLog, type Log } from '../runtime/log.ts'
import { systemRandom, type Random } from '../runtime/random.ts'
import { ed25519, type Signatures } from '../runtime/signature.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { openMemoryStore } from '../storage/memory-store.ts'
import type { Store } from '../storage/store.ts'
import { openFolds } from './channel-options.ts'
import type { ChannelReference, SummaryOf, ValueOf } from './channel-values.ts'
import { check } from './check.ts'
import { Core } from './core.ts'
import { chooseEntityId } from './entity-choice.ts'
import type { ChangeEvent, NodeEvents, Tell } from './events.ts'
import type { Fold } from './fold.ts'
import { loadIdentity } from './identity.ts'
import { Listing } from './listing.ts'
import { Memory } from './memory.ts'
import { makeNetwork } from './make-network.ts'
import type { Node, NodeStatus, RoundTripOptions, SetOptions, Settled, WaitOptions, WatchOptions } from './node.ts'
import { Observers } from './observers.ts'
import { checkNames, clusterKeysOf, resolveTiming, type NodeOptions, type Timing } from './options.ts'
import type { PeerOptions } from './peer-options.ts'
import { roundTrips } from './round-trips.ts'
import { settled } from './settled.ts'
import type { Snapshot } from './snapshot.ts'
import { topicsOf } from './topics.ts'
import { readAllowList, Trust } from './trust.ts'
import { until } from './until.ts'
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

/** What there is only while the node runs. */
interface Running {
  readonly core: Core
  readonly memory: Memory
  readonly listing: Listing
  readonly observers: Observers
  readonly trust: Trust
}

/** The node of one entity: the core, with a store below it and a life around it. */
export class LampfieldNode extends TypedEventTarget<NodeEvents> implements Node {
  readonly cluster: string
  readonly name: string
  readonly keyed: boolean
  #options: NodeOptions
  readonly #timing: Timing
  readonly #clock: Clock
  readonly #random: Random
  readonly #log: Log
  readonly #signatures: Signatures
  #status: NodeStatus = 'idle'
  #running: Running | undefined
  #stopping: Promise<void> | undefined

  constructor(options: NodeOptions) {
    super()
    checkNames(options)
    this.#timing = resolveTiming(options.timing)
    this.#options = options
    this.cluster = options.cluster ?? 'lampfield'
    this.name = options.name ?? hostname()
    this.keyed = clusterKeysOf(options).length > 0
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? systemRandom
    this.#log = options.log ?? silentLog
    this.#signatures = options.signatures ?? ed25519()
    // Wrong channels and peers are an argument error and should not wait for the start.
    openFolds(options)
    allowedBy(options)
  }

  get status(): NodeStatus {
    return this.#status
  }

  get entity(): EntityId {
    return this.#core().entity
  }

  get peer(): PeerId {
    return this.#core().peer
  }

  addresses(): readonly string[] {
    const core = this.#core()
    return core.parts.network.addresses().map((address) => `${address}/p2p/${core.peer}`)
  }

  async start(options: WaitOptions = {}): Promise<void> {
    if (this.#status !== 'idle' && this.#status !== 'stopped') return
    this.#status = 'starting'
    let store: Store | undefined
    try {
      store = await this.#openStore()
      throwIfAborted(options.signal)
      await this.#startCore(store)
      this.#status = 'running'
      throwIfAborted(options.signal)
    } catch (error) {
      if (this.#running === undefined) await store?.close()
      else await this.stop()
      this.#status = 'stopped'
      throw error
    }
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop().finally(() => {
      this.#stopping = undefined
    })
    await this.#stopping
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async set<Reference extends ChannelReference>(
    channel: Reference,
    key: string,
    value: ValueOf<Reference>,
    { kept = true, stamp }: SetOptions = {},
  ): Promise<void> {
    const { core, memory } = this.#run()
    const { name } = this.#open(channel).channel
    const bytes = core.entries.set(name, key, value, stamp)
    if (core.entries.isPersistent(name, key)) await memory.entry(name, key, kept ? bytes : undefined)
  }

  pass<Reference extends ChannelReference>(channel: Reference, key: string, value: ValueOf<Reference>): void {
    const { core } = this.#run()
    core.passing.say(core.entries.published(this.#open(channel).channel.name), key, value)
  }

  async unset(channel: ChannelReference, key: string): Promise<boolean> {
    const { core, memory } = this.#run()
    const { name } = this.#open(channel).channel
    const known = core.entries.unset(name, key)
    if (known && core.entries.isPersistent(name, key)) await memory.entry(name, key, undefined)
    return known
  }

  get<Reference extends ChannelReference>(channel: Reference, key: string): SummaryOf<Reference> | undefined {
    return this.#open(channel).state.get(key) as SummaryOf<Reference> | undefined
  }

  list<Reference extends ChannelReference>(channel: Reference, pattern = '*'): ValueView<SummaryOf<Reference>>[] {
    return this.#run().listing.values(this.#open(channel), pattern) as ValueView<SummaryOf<Reference>>[]
  }

  snapshot<Reference extends ChannelReference>(channel: Reference): Snapshot<SummaryOf<Reference>> {
    return this.#run().observers.snapshot(this.#open(channel)) as Snapshot<SummaryOf<Reference>>
  }

  watch<Reference extends ChannelReference = 'device_state'>(
    pattern = '*',
    { channel, initial = false, signal }: WatchOptions<Reference> = {},
  ): Watch<SummaryOf<Reference>> {
    const watch = this.#run().observers.watch(this.#open(channel ?? 'device_state'), { pattern, initial, signal })
    return watch as Watch as Watch<SummaryOf<Reference>>
  }

  async until<Result>(condition: (node: Node) => Result, { signal }: WaitOptions = {}): Promise<Settled<Result>> {
    const { stopped } = this.#run().observers
    return until({ events: this, look: () => condition(this), stopped, signal })
  }

  async settled({ signal }: WaitOptions = {}): Promise<CheckReport> {
    this.#run()
    return settled(() => this.check({ signal }), this.#clock, signal)
  }

  explain(channel: ChannelReference, key: string): Explanation {
    return this.#run().listing.explain(this.#open(channel), key)
  }

  speakers(channel: ChannelReference, key: string): readonly EntityId[] {
    return this.#run().listing.speakers(this.#open(channel), key)
  }

  members(): MemberView[] {
    return this.#run().listing.members()
  }

  channels(): ChannelView[] {
    return this.#run().listing.channels()
  }

  stats(): StatsView {
    return this.#run().listing.stats()
  }

  trust(): TrustView[] {
    return this.#run().trust.list()
  }

  async forgetTrust(entity: string): Promise<boolean> {
    return this.#run().trust.forget(entity)
  }

  async pinTrust(entity: string, peer: string): Promise<void> {
    await this.#run().trust.pin(entity, peer)
  }

  usePeers(options: PeerOptions): void {
    const allowed = allowedBy(options)
    const { peers = [] } = options
    const { core } = this.#run()
    core.parts.network.seek(peers)
    core.gatekeeper.allow(allowed)
    this.#options = { ...this.#options, peers, allowedPeers: options.allowedPeers }
  }

  async check({ signal }: WaitOptions = {}): Promise<CheckReport> {
    const { core, listing } = this.#run()
    return check(core, listing.members(), signal)
  }

  async roundTrips(options: RoundTripOptions = {}): Promise<RoundTripReport> {
    const { core, listing } = this.#run()
    return roundTrips(core, listing.members(), options)
  }

  /** The open channel that is meant: of this name, and where a definition is given, of this definition. */
  #open(reference: ChannelReference): Fold {
    const { entries } = this.#core()
    if (typeof reference === 'string') return entries.open(reference)
    const fold = entries.open(reference.name)
    if (fold.channel === reference) return fold
    throw new Failure('channel-closed', `another definition of ${reference.name} is open here: give that one`)
  }

  #core(): Core {
    return this.#run().core
  }

  #run(): Running {
    if (this.#running !== undefined) return this.#running
    throw new Failure('not-running', `the node is ${this.#status}: call start() and await it first`)
  }

  async #openStore(): Promise<Store> {
    if (this.#options.store !== undefined) return this.#options.store()
    const { dataDirectory } = this.#options
    if (dataDirectory === undefined) return openMemoryStore()
    // Loaded only when it is used: it has a binary part, which a bundle of a program that keeps nothing need not carry.
    const { openLevelStore } = await import('../storage/level-store.ts')
    return openLevelStore(join(dataDirectory, 'store'))
  }

  async #startCore(store: Store): Promise<void> {
    const [clock, random, signatures, log] = [this.#clock, this.#random, this.#signatures, this.#log]
    const identity = await loadIdentity({
      store,
      clock,
      random,
      signatures,
      entityId: this.#givenEntity(),
      chooseEntityId: () => chooseEntityId(this.#options.dataDirectory ?? `memory of process ${process.pid}`),
    })
    const observers = new Observers()
    const tell: Tell = (name, detail) => {
      if (name === 'change') observers.change(detail as ChangeEvent)
      this.emit(name, detail)
    }
    const memory = new Memory({ store, clock, entity: identity.entity, tell })
    const remembered = await memory.recall()
    const folds = openFolds(this.#options)
    const topics = topicsOf(this.cluster, clusterKeysOf(this.#options))
    const network = await makeNetwork(this.#options, { identity, topics, folds, clock, random, log })
    const core = new Core({
      identity,
      remembered,
      memory,
      folds,
      topics,
      network,
      cluster: this.cluster,
      name: this.name,
      timing: this.#timing,
      clock,
      random,
      signatures,
      decode: this.#options.decode ?? decodeMessage,
      log,
      tell,
      allowed: allowedBy(this.#options),
      roomBytes: this.#options.roomBytes ?? limits.roomBytes,
    })
    await core.start()
    const trust = new Trust({ entity: identity.entity, members: core.members, memory })
    this.#running = { core, memory, listing: new Listing(core), observers, trust }
  }

  #givenEntity(): EntityId | undefined {
    if (this.#options.entityId === undefined) return undefined
    const read = parseEntityId(this.#options.entityId)
    return read.ok ? read.value : undefined
  }

  async #stop(): Promise<void> {
    const running = this.#running
    if (running === undefined) return
    this.#status = 'stopping'
    running.observers.close()
    await running.core.stop()
    this.#running = undefined
    await running.memory.close()
    this.#status = 'stopped'
  }
}

/** An empty list allows nobody: it is no list that was forgotten. */
function allowedBy({ allowedPeers }: PeerOptions): ReadonlySet<PeerId> | undefined {
  return allowedPeers === undefined ? undefined : readAllowList(allowedPeers)
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Failure('aborted', 'starting was aborted', { cause: signal.reason })
}
