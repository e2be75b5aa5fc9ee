import type { Cancel } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { silentLog, type Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import { parseStaticPeer } from './address.ts'
import { guarded } from './guard.ts'
import { KeeperLoop } from './keeper-loop.ts'
import type { KeeperSettings } from './keeper-settings.ts'
import type { DialAction, DialOutcome, KeeperAction } from './keeper-action.ts'
import { Keeper } from './keeper.ts'
import { MemoryExchange } from './memory-exchange.ts'
import { MemoryGossip } from './memory-gossip.ts'
import type { MemoryHub } from './memory-hub.ts'
import { bytesOf, type MemoryHost, type MemoryNode, type Parcel, type WireEnd } from './memory-wire.ts'
import { sizeFault, networkLimitDefaults, type NetworkLimits } from './network-limits.ts'
import type { AnswerHandlers, Link, Network, NetworkCounters, NetworkHandlers, RequestOptions } from './network.ts'
import { SelfSearch } from './self-search.ts'

/** How one node takes part in a network in memory. */
export interface MemoryNetworkOptions {
  readonly self: PeerId
  /** The machine it runs on. Default a host of its own, named after the peer ID. */
  readonly host?: string
  /** Default 4001, or the next one that is free on the host. */
  readonly port?: number
  /** Peers given by address, as `--peer`. Default none. */
  readonly peers?: readonly string[]
  /** Take part in the hub's discovery. Default true. */
  readonly discovery?: boolean
  readonly limits?: Partial<NetworkLimits>
  readonly keeper?: Partial<KeeperSettings>
  readonly log?: Log
}

/**
 * A network of the hub: the same port as libp2p, driven by the clock's tasks only, with no promise on any message's way.
 *
 * @example
 * ```ts
 * import { createNode } from 'lampfield'
 * import { createMemoryNetwork, MemoryHub, peerIdOf, seededRandom, VirtualClock } from 'lampfield/testing'
 *
 * const clock = new VirtualClock()
 * const hub = new MemoryHub({ clock, random: seededRandom(1) })
 * const network = ({ keys }: { keys: { publicKey: Uint8Array } }) =>
 *   createMemoryNetwork(hub, { self: peerIdOf(keys.publicKey), host: 'a' })
 * const node = createNode({ clock: hub.clockOf('a'), network })
 * await node.start()
 * ```
 */
export function createMemoryNetwork(hub: MemoryHub, options: MemoryNetworkOptions): Network {
  return new MemoryNetwork(hub, options)
}

const done = Promise.resolve()

class MemoryNetwork implements Network, MemoryNode {
  readonly self: PeerId
  readonly host: MemoryHost
  readonly wantsDiscovery: boolean
  readonly #hub: MemoryHub
  readonly #log: Log
  readonly #limits: NetworkLimits
  readonly #clock: MemoryHost['clock']
  readonly #keeper: Keeper
  readonly #loop: KeeperLoop
  readonly #search: SelfSearch
  readonly #gossip: MemoryGossip
  readonly #exchange: MemoryExchange
  readonly #ends = new Map<PeerId, WireEnd[]>()
  readonly #counters = { bytesIn: 0, bytesOut: 0, messagesIn: 0, messagesOut: 0, dials: 0, dialFailures: 0 }
  readonly #port: number
  #status: 'new' | 'running' | 'stopped' = 'new'
  #handlers: NetworkHandlers | undefined

  constructor(hub: MemoryHub, options: MemoryNetworkOptions) {
    this.#hub = hub
    this.self = options.self
    this.host = hub.host(options.host ?? options.self)
    this.wantsDiscovery = options.discovery ?? true
    this.#clock = this.host.clock
    this.#log = options.log ?? silentLog
    this.#limits = { ...networkLimitDefaults, ...options.limits }
    this.#port = options.port ?? 4001 + this.host.nodes.size
    const staticPeers = (options.peers ?? []).map(parseStaticPeer)
    const settings = options.keeper ?? {}
    this.#keeper = new Keeper({ self: this.self, random: hub.random, staticPeers, settings })
    this.#loop = new KeeperLoop(this.#keeper, this.#clock, (action) => this.#perform(action))
    this.#search = new SelfSearch({
      clock: this.#clock,
      look: (addresses, done) => this.#callSelf(addresses, [], done),
    })
    const send = (end: WireEnd, parcel: Parcel): void => this.#send(end, parcel)
    this.#exchange = new MemoryExchange(this.#clock, this.#log, this.#limits, send)
    const { meshDegree } = hub.options
    this.#gossip = new MemoryGossip(this.self, this.#clock, this.#log, meshDegree, (peer, parcel) => {
      const end = this.#endOf(peer)
      if (end !== undefined) this.#send(end, parcel)
    })
  }

  start(handlers: NetworkHandlers): Promise<void> {
    if (this.#status !== 'new') return Promise.reject(new Failure('not-running', 'a network starts once'))
    if (!this.#hub.listen(this)) {
      const why = `${this.addresses()[0]} is in use. Choose another port, or stop what listens there.`
      return Promise.reject(new Failure('address-unusable', why))
    }
    this.#status = 'running'
    this.#handlers = handlers
    this.#gossip.handlers = handlers
    this.#exchange.handlers = handlers
    this.#keeper.ownAddresses(this.addresses())
    this.#search.ownAddresses(this.addresses())
    if (this.wantsDiscovery && this.#hub.options.discoveryMs < Infinity) {
      this.#clock.after(0, () => this.#hub.announce(this))
    }
    this.#loop.poke()
    return done
  }

  stop(): Promise<void> {
    if (this.#status === 'running') {
      this.killed()
      this.#hub.leave(this)
    }
    return done
  }

  addresses(): readonly string[] {
    return [`/ip4/${this.host.ip}/tcp/${this.#port}`, `/ip4/127.0.0.1/tcp/${this.#port}`]
  }

  links(): readonly Link[] {
    return this.openEnds().map((end) => ({
      peer: end.peer,
      address: end.address,
      direction: end.direction,
      sinceMs: end.sinceMs,
      roundTripMs: undefined,
      quietMs: this.#clock.now() - end.gossipMs,
    }))
  }

  counters(): NetworkCounters {
    return { ...this.#counters, watchdogRenewals: 0, refused: {} }
  }

  subscribe(topic: string): void {
    this.#gossip.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#gossip.unsubscribe(topic)
  }

  publish(topic: string, data: Uint8Array): Promise<void> {
    const fault = sizeFault('message', data, this.#limits.messageMaxBytes)
    if (fault !== undefined) throw fault
    if (this.#status === 'running' && this.#gossip.publish(topic, data)) this.#counters.messagesOut += 1
    return done
  }

  handOn(topic: string, data: Uint8Array, peers: readonly PeerId[]): void {
    if (this.#status === 'running') this.#gossip.handOn(topic, data, peers)
  }

  request(peer: PeerId, frame: Uint8Array, answer: AnswerHandlers, options?: RequestOptions): Cancel {
    const end = this.#endOf(peer)
    if (end === undefined) {
      return this.#exchange.fail(answer, new Failure('peer-unreachable', `${peer} is not connected`))
    }
    return this.#exchange.ask(end, frame, answer, options?.idleTimeoutMs ?? 5000)
  }

  seek(addresses: readonly string[]): void {
    this.#keeper.seek(addresses.map(parseStaticPeer))
    this.#loop.poke()
  }

  remember(peer: PeerId, addresses: readonly string[]): void {
    if (peer === this.self) return this.#search.named(addresses)
    this.#keeper.remember(peer, addresses, this.#clock.now())
    this.#loop.poke()
  }

  forget(peer: PeerId): void {
    this.#keeper.forget(peer)
  }

  disconnect(peer: PeerId): void {
    // The handlers must not hear of it before this call has returned.
    const ends = [...(this.#ends.get(peer) ?? [])]
    this.#clock.after(0, () => {
      for (const end of ends) this.#hub.close(end)
    })
  }

  discovered(peer: PeerId, addresses: readonly string[]): void {
    if (this.#status !== 'running') return
    if (peer === this.self) return this.#search.named(addresses)
    this.#keeper.discovered(peer, addresses, this.#clock.now())
    this.#loop.poke()
  }

  twin(peer: PeerId, address: string): void {
    const handlers = this.#handlers
    if (this.#status === 'running') guarded(this.#log, 'twin', () => handlers?.twin(peer, address), undefined)
  }

  admits(peer: PeerId): boolean {
    const handlers = this.#handlers
    return guarded(this.#log, 'admits', () => handlers?.admits(peer) ?? true, true)
  }

  accepted(end: WireEnd): void {
    this.#opened(end)
  }

  openEnds(): readonly WireEnd[] {
    const open: WireEnd[] = []
    for (const ends of this.#ends.values()) for (const end of ends) open.push(end)
    return open
  }

  endsOf(peer: PeerId): readonly WireEnd[] {
    return this.#ends.get(peer) ?? []
  }

  received(end: WireEnd, parcel: Parcel): void {
    this.#counters.bytesIn += this.#hub.options.overheadBytes + bytesOf(parcel)
    switch (parcel.kind) {
      case 'gossip':
        end.gossipMs = this.#clock.now()
        if (this.#gossip.received(end.peer, parcel)) this.#counters.messagesIn += 1
        return
      case 'topics':
        return this.#gossip.topicsOf(end.peer, parcel.topics, parcel.isOn)
      case 'graft':
        return this.#gossip.graftedBy(end.peer, parcel.topic, parcel.isOn)
      case 'ask':
      case 'answer':
      case 'end':
      case 'cancel':
      case 'reset':
      case 'credit':
        return this.#exchange.received(end, parcel)
    }
  }

  closed(end: WireEnd): void {
    this.#exchange.closed(end)
    const rest = (this.#ends.get(end.peer) ?? []).filter((other) => other !== end)
    if (rest.length > 0) {
      this.#ends.set(end.peer, rest)
      return
    }
    if (!this.#ends.delete(end.peer)) return
    this.#gossip.disconnected(end.peer)
    this.#keeper.disconnected(end.peer, this.#clock.now())
    this.#loop.poke()
    const handlers = this.#handlers
    guarded(this.#log, 'peerDisconnected', () => handlers?.peerDisconnected(end.peer), undefined)
  }

  killed(): void {
    this.#status = 'stopped'
    this.#handlers = undefined
    this.#gossip.handlers = undefined
    this.#exchange.handlers = undefined
    this.#loop.stop()
    this.#search.stop()
  }

  /** The newest open connection to a peer. */
  #endOf(peer: PeerId): WireEnd | undefined {
    return this.#status === 'running' ? this.#ends.get(peer)?.at(-1) : undefined
  }

  #send(end: WireEnd, parcel: Parcel): void {
    this.#counters.bytesOut += this.#hub.options.overheadBytes + bytesOf(parcel)
    this.#hub.send(end, parcel)
  }

  #opened(end: WireEnd): void {
    const known = this.#ends.get(end.peer)
    if (known !== undefined) known.push(end)
    else this.#ends.set(end.peer, [end])
    this.#hub.watch(end)
    if (known !== undefined) {
      this.#gossip.connected(end.peer)
      return
    }
    this.#keeper.connected(end.peer, this.#clock.now())
    // As libp2p's identify tells where to find the peer again.
    this.#keeper.remember(end.peer, end.other.owner.addresses(), this.#clock.now())
    this.#gossip.connected(end.peer)
    this.#loop.poke()
    const handlers = this.#handlers
    guarded(this.#log, 'peerConnected', () => handlers?.peerConnected(end.peer), undefined)
  }

  #perform(action: KeeperAction): void {
    if (action.kind === 'hang-up') this.disconnect(action.peer)
    else this.#dial(action, [...action.addresses], [])
  }

  #callSelf(rest: readonly string[], met: readonly string[], done: (met: readonly string[]) => void): void {
    const [address, ...others] = rest
    if (this.#status !== 'running') return
    if (address === undefined) return done(met)
    this.#hub.dial(this, this.self, address, (outcome) => {
      this.#callSelf(others, outcome === 'twin' ? [...met, address] : met, done)
    })
  }

  /** One address after the other; the real network overlaps them, which matters only where hosts are silent. */
  #dial(dial: DialAction, rest: readonly string[], failed: readonly string[]): void {
    if (this.#status !== 'running') return
    const [address, ...others] = rest
    const ended = (outcome: DialOutcome): void => {
      this.#keeper.dialEnded(dial, outcome, this.#clock.now())
      this.#loop.poke()
    }
    const linked = dial.peer === undefined ? undefined : this.#ends.get(dial.peer)?.[0]
    if (dial.peer !== undefined && linked !== undefined) {
      return ended({ reached: { peer: dial.peer, address: linked.address }, failed })
    }
    if (address === undefined) {
      this.#counters.dialFailures += 1
      return ended({ failed })
    }
    if (failed.length === 0) this.#counters.dials += 1
    this.#hub.dial(this, dial.peer, address, (wire) => {
      if (this.#status !== 'running') {
        if (wire !== undefined && wire !== 'self' && wire !== 'twin') this.#hub.close(wire)
        return
      }
      if (wire === undefined) return this.#dial(dial, others, [...failed, address])
      if (wire === 'self' || wire === 'twin') return ended({ reached: { peer: this.self, address }, failed })
      this.#opened(wire)
      ended({ reached: { peer: wire.peer, address }, failed })
    })
  }
}
