import { hostname } from 'node:os'
import { join } from 'node:path'
import { systemClock, type Clock } from '../runtime/clock.ts'
import { TypedEventTarget } from '../runtime/emitter.ts'
import { Failure } from '../runtime/failure.ts'
import { silentLog, type Log } from '../runtime/log.ts'
import { systemRandom, type Random } from '../runtime/random.ts'
import { ed25519, type Signatures } from '../runtime/signature.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { openLevelStore } from '../storage/level-store.ts'
import { openMemoryStore } from '../storage/memory-store.ts'
import type { Store } from '../storage/store.ts'
import { openFolds } from './channel-options.ts'
import { check } from './check.ts'
import { Core } from './core.ts'
import { chooseEntityId } from './entity-choice.ts'
import type { NodeEvents } from './events.ts'
import { loadIdentity } from './identity.ts'
import { Listing } from './listing.ts'
import { Memory } from './memory.ts'
import { makeNetwork } from './make-network.ts'
import type { Node, NodeStatus, ValueOf } from './node.ts'
import { checkNames, resolveTiming, type NodeOptions, type Timing } from './options.ts'
import { topicsOf } from './topics.ts'
import { readAllowList, Trust } from './trust.ts'
import type { ChannelView, CheckReport, Explanation, MemberView, StatsView, TrustView, ValueView } from './views.ts'

/** What there is only while the node runs. */
interface Running {
  readonly core: Core
  readonly memory: Memory
  readonly listing: Listing
  readonly trust: Trust
}

/** The node of one entity: the core, with a store below it and a life around it. */
export class LampfieldNode extends TypedEventTarget<NodeEvents> implements Node {
  readonly cluster: string
  readonly name: string
  readonly keyed: boolean
  readonly #options: NodeOptions
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
    this.keyed = options.clusterKey !== undefined
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

  async start(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
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

  async set<Channel extends string>(channel: Channel, key: string, value: ValueOf<Channel>): Promise<void> {
    const { core, memory } = this.#run()
    const bytes = core.entries.set(channel, key, value)
    if (core.entries.isPersistent(channel, key)) await memory.entry(channel, key, bytes)
  }

  async unset(channel: string, key: string): Promise<boolean> {
    const { core, memory } = this.#run()
    const known = core.entries.unset(channel, key)
    if (known && core.entries.isPersistent(channel, key)) await memory.entry(channel, key, undefined)
    return known
  }

  get<Channel extends string>(channel: Channel, key: string): ValueOf<Channel> | undefined {
    return this.#core().entries.open(channel).state.get(key) as ValueOf<Channel> | undefined
  }

  list<Channel extends string>(channel: Channel, pattern = '*'): ValueView<ValueOf<Channel>>[] {
    return this.#run().listing.values(channel, pattern) as ValueView<ValueOf<Channel>>[]
  }

  explain(channel: string, key: string): Explanation {
    return this.#run().listing.explain(channel, key)
  }

  speakers(channel: string, key: string): readonly EntityId[] {
    return this.#run().listing.speakers(channel, key)
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

  async check(options: { readonly signal?: AbortSignal } = {}): Promise<CheckReport> {
    const { core, listing } = this.#run()
    return check(core, listing.members(), options.signal)
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
    return dataDirectory === undefined ? openMemoryStore() : openLevelStore(join(dataDirectory, 'store'))
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
    const memory = new Memory(store, log)
    const remembered = await memory.recall()
    const folds = openFolds(this.#options)
    const topics = topicsOf(this.cluster, this.#options.clusterKey)
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
      log,
      tell: (name, detail) => this.emit(name, detail),
      allowed: allowedBy(this.#options),
    })
    await core.start()
    const trust = new Trust({ entity: identity.entity, members: core.members, memory })
    this.#running = { core, memory, listing: new Listing(core), trust }
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
    await running.core.stop()
    this.#running = undefined
    await running.memory.close()
    this.#status = 'stopped'
  }
}

/** An empty list allows nobody: it is no list that was forgotten. */
function allowedBy({ allowedPeers }: NodeOptions): ReadonlySet<PeerId> | undefined {
  return allowedPeers === undefined ? undefined : readAllowList(allowedPeers)
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new Failure('aborted', 'starting was aborted', { cause: signal.reason })
}
