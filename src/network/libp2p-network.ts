import './node20.ts'
import type { Connection, IdentifyResult } from '@libp2p/interface'
import { every, type Cancel, type Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { silentLog, type Log } from '../runtime/log.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { parseStaticPeer } from './address.ts'
import { ByteCounter } from './byte-counter.ts'
import { Dials } from './dials.ts'
import { Door } from './door.ts'
import { Discoveries } from './discoveries.ts'
import type { DiscoveryOptions } from './discovery.ts'
import { Exchange, exchangeStreamsMax } from './exchange.ts'
import { Gossip } from './gossip.ts'
import { guarded } from './guard.ts'
import { KeeperLoop } from './keeper-loop.ts'
import type { KeeperAction } from './keeper-action.ts'
import { Keeper } from './keeper.ts'
import {
  addressText,
  createLibp2pNode,
  listenFailure,
  ourPeerId,
  ownAddresses,
  stopNode,
  type Libp2pNode,
} from './libp2p-node.ts'
import type { Libp2pNetworkOptions } from './libp2p-network-options.ts'
import { careEveryMs, cutOff, hangUp, LinkCare, linkCareDefaults } from './link-care.ts'
import { Links } from './links.ts'
import { sizeFault, networkLimitDefaults, type NetworkLimits } from './network-limits.ts'
import { TurnedAway } from './turned-away.ts'
import type {
  AnswerHandlers,
  Link,
  LinkOffence,
  Network,
  NetworkCounters,
  NetworkHandlers,
  RequestOptions,
} from './network.ts'
import { Twins } from './twins.ts'

/** Own addresses are compared so often: interfaces come and go without a sign from libp2p. */
const addressesEveryMs = 2000

/** Connections that are not closed by then are cut when the network stops. */
const stopPatienceMs = 600

/** A network over libp2p. Its defaults suit a local network. */
export function createLibp2pNetwork(options: Libp2pNetworkOptions): Network {
  return new Libp2pNetwork(options)
}

class Libp2pNetwork implements Network {
  readonly self: PeerId
  readonly #options: Libp2pNetworkOptions
  readonly #clock: Clock
  readonly #log: Log
  readonly #limits: NetworkLimits
  readonly #protocol: string
  readonly #listen: readonly string[]
  readonly #keeper: Keeper
  readonly #loop: KeeperLoop
  readonly #links: Links
  readonly #exchange: Exchange
  readonly #care: LinkCare
  readonly #twins: Twins
  readonly #bytes = new ByteCounter()
  readonly #subscribed = new Set<string>()
  readonly #cancels: Cancel[] = []
  #status: 'new' | 'starting' | 'running' | 'stopped' = 'new'
  #handlers: NetworkHandlers | undefined
  #node: Libp2pNode | undefined
  #gossip: Gossip | undefined
  readonly #turnedAway: TurnedAway
  readonly #door: Door
  #discoveries: Discoveries | undefined
  #dials: Dials | undefined
  #addresses: readonly string[] = []
  #stopped: Promise<void> | undefined

  constructor(options: Libp2pNetworkOptions) {
    this.#options = options
    this.self = peerIdOf(options.keys.publicKey)
    this.#clock = options.clock
    this.#log = options.log ?? silentLog
    this.#door = new Door(this.#clock)
    this.#turnedAway = new TurnedAway(this.#clock, this.#log)
    this.#limits = { ...networkLimitDefaults, ...options.limits }
    this.#protocol = `${options.protocolPrefix}/exchange/1`
    const listen = options.listen ?? []
    this.#listen = listen.length === 0 ? ['/ip4/0.0.0.0/tcp/0'] : listen
    const { random, keeper: settings = {} } = options
    const staticPeers = (options.peers ?? []).map(parseStaticPeer)
    this.#keeper = new Keeper({ self: this.self, random, staticPeers, settings })
    this.#loop = new KeeperLoop(this.#keeper, this.#clock, (action) => this.#perform(action))
    this.#links = new Links(this.#clock)
    this.#twins = new Twins({
      self: this.self,
      clock: this.#clock,
      random,
      links: this.#links,
      callSelf: async (addresses) => this.#dials?.callSelf(addresses),
      met: (...twin) => guarded(this.#log, 'twin', () => this.#handlers?.twin(...twin), undefined),
    })
    this.#care = new LinkCare(
      {
        self: this.self,
        clock: this.#clock,
        log: this.#log,
        links: this.#links,
        bytes: this.#bytes,
        healthOf: (peer) => this.#gossip?.healthOf(peer) ?? 'open',
        ended: (peer, connection) => this.#ended(peer, connection),
      },
      {
        pingAfterMs: options.pingAfterMs ?? linkCareDefaults.pingAfterMs,
        pingTimeoutMs: options.pingTimeoutMs ?? linkCareDefaults.pingTimeoutMs,
      },
    )
    this.#exchange = new Exchange({
      clock: this.#clock,
      log: this.#log,
      limits: this.#limits,
      protocol: this.#protocol,
      handlers: () => this.#handlers,
    })
  }

  async start(handlers: NetworkHandlers): Promise<void> {
    if (this.#status !== 'new') throw new Failure('not-running', 'a network starts once')
    this.#status = 'starting'
    const { keys, topics, clusterKeys = [] } = this.#options
    const node = await createLibp2pNode({
      keys,
      listen: this.#listen,
      topics,
      messageMaxBytes: this.#limits.messageMaxBytes,
      clusterKeys,
      clock: this.#clock,
      turnedAway: this.#turnedAway,
      admits: (peer) => guarded(this.#log, 'admits', () => this.#handlers?.admits(peer) ?? true, true),
      bytes: this.#bytes,
      encrypter: this.#twins.encrypter(),
      gater: this.#twins.gater(),
      door: this.#door,
      peerOf: (muxer) => this.#links.peerOf(muxer),
      offends: (who, offence) => this.#offends(who, offence),
      gossiped: (connection) => this.#links.gossiped(connection),
      plain: (from, block) => this.#gossip?.plain(from, block) ?? false,
    }).catch((error: unknown) => {
      this.#status = 'stopped'
      throw listenFailure(error, this.#listen)
    })
    this.#node = node
    this.#handlers = handlers
    this.#dials = new Dials({
      clock: this.#clock,
      log: this.#log,
      self: this.self,
      keeper: this.#keeper,
      parts: node.parts,
      isLinked: (peer) => this.#links.has(peer),
      ended: () => this.#loop.poke(),
    })
    this.#options.tap?.(node)
    const { libp2p, pubsub } = node
    const gossip = new Gossip({ pubsub, clock: this.#clock, log: this.#log, handlers: () => this.#handlers })
    this.#gossip = gossip
    libp2p.addEventListener('connection:open', ({ detail }) => this.#opened(detail))
    libp2p.addEventListener('connection:close', ({ detail }) => this.#closed(detail))
    libp2p.addEventListener('peer:identify', ({ detail }) => this.#identified(detail))
    const streams = { maxInboundStreams: exchangeStreamsMax, maxOutboundStreams: exchangeStreamsMax }
    await libp2p.handle(
      this.#protocol,
      ({ stream, connection }) => {
        const peer = ourPeerId(connection.remotePeer)
        if (peer === undefined) return stream.abort(new Error('no Ed25519 peer'))
        // Its question came before its introduction, and says as much.
        this.#speaks(peer)
        void this.#exchange.serve(peer, stream)
      },
      streams,
    )
    try {
      await libp2p.start()
    } catch (error) {
      this.#status = 'stopped'
      this.#handlers = undefined
      throw listenFailure(error, this.#listen)
    }
    if (this.#wasStopped()) {
      await stopNode(node)
      throw new Failure('not-running', 'the network was stopped while it started')
    }
    this.#status = 'running'
    for (const topic of this.#subscribed) gossip.subscribe(topic)
    for (const { peer, speaks } of this.#links.peers()) if (speaks) queueMicrotask(() => this.#tellConnected(peer))
    this.#begin(node)
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  addresses(): readonly string[] {
    return this.#node === undefined || this.#status !== 'running' ? [] : ownAddresses(this.#node.parts)
  }

  links(): readonly Link[] {
    return this.#status === 'running' ? this.#links.list() : []
  }

  counters(): NetworkCounters {
    return {
      bytesIn: this.#bytes.bytesIn,
      bytesOut: this.#bytes.bytesOut,
      messagesIn: this.#gossip?.messagesIn ?? 0,
      messagesOut: this.#gossip?.messagesOut ?? 0,
      dials: this.#dials?.count ?? 0,
      dialFailures: this.#dials?.failures ?? 0,
      watchdogRenewals: this.#care.renewals,
      refused: this.#turnedAway.counts(),
    }
  }

  subscribe(topic: string): void {
    if (!this.#options.topics.includes(topic)) {
      throw new Failure('invalid-argument', `the topic ${topic} was not named when the network was made`)
    }
    this.#subscribed.add(topic)
    if (this.#status === 'running') this.#gossip?.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    this.#subscribed.delete(topic)
    if (this.#status === 'running') this.#gossip?.unsubscribe(topic)
  }

  publish(topic: string, data: Uint8Array): Promise<void> {
    const fault = sizeFault('message', data, this.#limits.messageMaxBytes)
    if (fault !== undefined) throw fault
    if (this.#status === 'running') this.#gossip?.publish(topic, data)
    return Promise.resolve()
  }

  handOn(topic: string, data: Uint8Array, peers: readonly PeerId[]): void {
    if (this.#status === 'running') this.#gossip?.handOn(topic, data, peers)
  }

  request(peer: PeerId, frame: Uint8Array, answer: AnswerHandlers, options?: RequestOptions): Cancel {
    return this.#exchange.request(this.#links.usable(peer), frame, answer, options?.idleTimeoutMs ?? 5000)
  }

  seek(addresses: readonly string[]): void {
    this.#keeper.seek(addresses.map(parseStaticPeer))
    if (this.#status === 'running') this.#loop.poke()
  }

  remember(peer: PeerId, addresses: readonly string[]): void {
    if (peer === this.self) return this.#twins.search.named(addresses)
    this.#keeper.remember(peer, addresses, this.#clock.now())
    if (this.#status === 'running') this.#loop.poke()
  }

  forget(peer: PeerId): void {
    this.#keeper.forget(peer)
  }

  disconnect(peer: PeerId, why?: 'misconduct'): void {
    queueMicrotask(() => (why === undefined ? hangUp(this.#links, peer) : cutOff(this.#links, peer, this.#door)))
  }

  async #stop(): Promise<void> {
    if (this.#status === 'stopped') return
    const wasRunning = this.#status === 'running'
    this.#status = 'stopped'
    this.#handlers = undefined
    for (const cancel of this.#cancels) cancel()
    this.#loop.stop()
    this.#twins.search.stop()
    this.#dials?.stop()
    this.#exchange.stop()
    if (!wasRunning) return
    await this.#discoveries?.stop()
    // A neighbour that does not answer must not hold the end up: after a short while its connection is cut.
    const cancel = this.#clock.after(stopPatienceMs, () => {
      for (const { peer } of this.#links.peers()) {
        for (const connection of this.#links.connections(peer)) connection.abort(new Error('stopping'))
      }
    })
    if (this.#node !== undefined) await stopNode(this.#node)
    cancel()
  }

  #wasStopped(): boolean {
    return this.#status === 'stopped'
  }

  #begin(node: Libp2pNode): void {
    const { mdns = true, serviceTags, random } = this.#options
    this.#ownAddresses(ownAddresses(node.parts))
    this.#cancels.push(
      every(this.#clock, addressesEveryMs, () => this.#lookAtAddresses(node)),
      every(this.#clock, careEveryMs, () => this.#care.check()),
    )
    this.#loop.poke()
    if (!mdns) return
    const found = (peer: PeerId, addresses: readonly string[]): void => {
      if (peer === this.self) this.#twins.search.named(addresses)
      this.#keeper.discovered(peer, addresses, this.#clock.now())
      this.#loop.poke()
    }
    const refused: DiscoveryOptions['refused'] = (reason, host) => this.#turnedAway.add(reason, `/ip4/${host}`)
    const discovery = { parts: node.parts, clock: this.#clock, random, log: this.#log, found, refused }
    this.#discoveries = new Discoveries(discovery, serviceTags)
    this.#discoveries.start()
  }

  #lookAtAddresses(node: Libp2pNode): void {
    const addresses = ownAddresses(node.parts)
    if (addresses.join() === this.#addresses.join()) return
    this.#ownAddresses(addresses)
    this.#log.info('own addresses changed', { addresses })
    this.#discoveries?.reopen()
    guarded(this.#log, 'addressesChanged', () => this.#handlers?.addressesChanged(addresses), undefined)
  }

  #ownAddresses(addresses: readonly string[]): void {
    this.#addresses = addresses
    this.#keeper.ownAddresses(addresses)
    this.#twins.search.ownAddresses(addresses)
  }

  #opened(connection: Connection): void {
    const peer = ourPeerId(connection.remotePeer)
    if (this.#status === 'stopped' || peer === undefined) {
      connection.abort(new Error('not wanted'))
      return
    }
    if (this.#twins.isSecond(peer, connection)) {
      return connection.abort(new Error('another process of this peer came at the same moment'))
    }
    if (this.#links.opened(peer, connection) !== 'first') return
    this.#keeper.connected(peer, this.#clock.now())
    this.#loop.poke()
    // Whoever came first, one connection is enough.
    if (connection.direction === 'inbound') this.#dials?.giveUp(peer)
  }

  #closed(connection: Connection): void {
    const peer = ourPeerId(connection.remotePeer)
    if (peer !== undefined) this.#ended(peer, connection)
  }

  #ended(peer: PeerId, connection: Connection): void {
    const { change, spoke } = this.#links.closed(peer, connection)
    if (change !== 'last') return
    this.#keeper.disconnected(peer, this.#clock.now())
    this.#loop.poke()
    if (!spoke || this.#status !== 'running') return
    this.#discoveries?.hurry()
    guarded(this.#log, 'peerDisconnected', () => this.#handlers?.peerDisconnected(peer), undefined)
  }

  #identified({ peerId, protocols, listenAddrs }: IdentifyResult): void {
    const peer = ourPeerId(peerId)
    if (peer === undefined || !this.#links.has(peer)) return
    if (!protocols.includes(this.#protocol)) {
      this.#log.debug('a peer of another cluster or version', { peer })
      this.#keeper.foreign(peer, this.#clock.now())
      hangUp(this.#links, peer)
      return
    }
    this.#keeper.remember(peer, listenAddrs.map(addressText), this.#clock.now())
    this.#speaks(peer)
  }

  #offends(who: string, offence: LinkOffence): void {
    const peer = ourPeerId(who)
    if (peer === undefined || this.#status !== 'running') return
    guarded(this.#log, 'offends', () => this.#handlers?.offends(peer, offence), undefined)
  }

  #speaks(peer: PeerId): void {
    // Whoever comes while this network still starts is told to the node at the end of that.
    if (this.#links.speaks(peer) && this.#status === 'running') this.#tellConnected(peer)
  }

  #tellConnected(peer: PeerId): void {
    guarded(this.#log, 'peerConnected', () => this.#handlers?.peerConnected(peer), undefined)
  }

  #perform(action: KeeperAction): void {
    if (action.kind === 'hang-up') hangUp(this.#links, action.peer)
    else if (this.#dials !== undefined) void this.#dials.run(action)
  }
}
