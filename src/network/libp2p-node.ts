import './node20.ts'
import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import type { noise } from '@chainsafe/libp2p-noise'
import { frugalYamux } from './frugal-yamux.ts'
import { privateKeyFromRaw } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type {
  ComponentLogger,
  Connection,
  ConnectionGater,
  Libp2p,
  PeerId as Libp2pPeerId,
  StreamMuxer,
} from '@libp2p/interface'
import { tcp } from '@libp2p/tcp'
import { multiaddr, type Multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import { limits } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { KeyPair } from '../runtime/signature.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'
import type { ByteCounter } from './byte-counter.ts'
import type { Door } from './door.ts'
import { Gate } from './gate.ts'
import { envelopeMaxBytes, gossipsubSettings } from './gossip-settings.ts'
import { guardedTcp } from './guarded-tcp.ts'
import type { LinkOffence } from './network.ts'
import { pacedGossip } from './paced-gossip.ts'
import { pacedYamux } from './paced-yamux.ts'
import { PrivateNetwork } from './private-network.ts'
import type { TurnedAway } from './turned-away.ts'

/** What is used of libp2p's inner parts; each is handed to services by its public factory interface. */
export interface Libp2pParts {
  readonly addressManager: { getAddresses(): Multiaddr[] }
  readonly transportManager: {
    dial(address: Multiaddr, options: { readonly signal: AbortSignal }): Promise<Connection>
  }
  readonly logger: ComponentLogger
}

export interface Libp2pNode {
  readonly libp2p: Libp2p
  readonly pubsub: GossipSub
  readonly parts: Libp2pParts
}

export interface Libp2pNodeOptions {
  readonly keys: KeyPair
  readonly listen: readonly string[]
  readonly topics: readonly string[]
  readonly messageMaxBytes: number
  /** Pre-shared keys of 32 bytes; the first is dialled with. None: an open network. */
  readonly clusterKeys: readonly Uint8Array[]
  readonly clock: Clock
  readonly turnedAway: TurnedAway
  /** Whether a peer may be connected with. */
  readonly admits: (peer: PeerId) => boolean
  readonly bytes: ByteCounter
  readonly encrypter: ReturnType<typeof noise>
  /** Asked after `admits`. */
  readonly gater: ConnectionGater
  readonly door: Door
  /** Whose connection a multiplexer belongs to, once that is known. */
  readonly peerOf: (muxer: StreamMuxer) => PeerId | undefined
  /** A peer sends what no node does, on its gossip stream or on a connection. */
  readonly offends: (peer: string, offence: LinkOffence) => void
  /** Gossip came over a connection. */
  readonly gossiped: (connection: Connection) => void
  /** Takes a block of gossip, and says whether gossipsub has nothing left to do with it. */
  readonly plain: (from: Libp2pPeerId, block: Uint8Array) => boolean
}

/**
 * `timeout`: connecting over TCP must succeed within so many milliseconds; the kernel asks again after 1 s, so one lost packet is borne.
 * libp2p hands the value to `net.connect` as it is, though its type does not name it.
 */
const dialOpts = { noDelay: true, keepAlive: true, timeout: 1500 }

/** Opening a stream takes one or two round trips; gossipsub opens its streams one after another and would wait for a silent peer. */
const negotiationTimeoutMs = 3000

/** A libp2p node with the settings this house needs; see each value's reason. Not started. */
export async function createLibp2pNode(options: Libp2pNodeOptions): Promise<Libp2pNode> {
  const { keys } = options
  const gate = new Gate(options.admits, options.gater)
  let parts: Libp2pParts | undefined
  const libp2p = await createLibp2p({
    start: false,
    privateKey: privateKeyFromRaw(Uint8Array.from([...keys.privateKey, ...keys.publicKey])),
    addresses: { listen: [...options.listen] },
    transports: [
      guardedTcp(tcp({ dialOpts, backlog: 1024 }), options.door, (address) => {
        options.turnedAway.add('connection-rate', address)
      }),
    ],
    connectionEncrypters: [options.encrypter],
    streamMuxers: [
      pacedYamux(
        frugalYamux({
          // A stream's window bounds what a peer may make this node hold: 1 MiB for each open stream instead of 16.
          maxStreamWindowSize: limits.frameOfLinkMaxBytes,
          maxInboundStreams: limits.streamsPerConnectionMax,
          maxOutboundStreams: limits.streamsPerConnectionMax,
        }),
        { clock: options.clock, peerOf: options.peerOf, offends: options.offends },
      ),
    ],
    connectionGater: gate,
    connectionProtector: () => options.bytes.protector(protectorOf(options, gate)),
    connectionManager: {
      // All nodes of a cluster may come at once, and from one address; the defaults of 5 a second and 10 pending reset them. What one
      // address may do is the door's affair: no one of them can take all places.
      inboundConnectionThreshold: 1000,
      maxIncomingPendingConnections: 1000,
      maxConnections: 1000,
      inboundUpgradeTimeout: 5000,
      outboundStreamProtocolNegotiationTimeout: negotiationTimeoutMs,
      inboundStreamProtocolNegotiationTimeout: negotiationTimeoutMs,
    },
    // It takes its own process's stalls for the death of its peers, and costs 1.6 ms of CPU a ping; see `liveness.ts`.
    connectionMonitor: { enabled: false },
    nodeInfo: { name: 'lampfield', userAgent: 'lampfield' },
    services: {
      identify: identify({ timeout: 5000 }),
      pubsub: pacedGossip({
        clock: options.clock,
        settings: gossipsubSettings(options.topics, options.messageMaxBytes),
        envelopeMaxBytes: envelopeMaxBytes(options.messageMaxBytes),
        offends: options.offends,
        gossiped: options.gossiped,
        plain: options.plain,
      }),
      parts: (components: Libp2pParts) => {
        parts = components
        return {}
      },
    },
  })
  const { pubsub } = libp2p.services
  if (parts === undefined) throw new Error('libp2p made no services')
  return { libp2p, pubsub, parts }
}

function protectorOf(options: Libp2pNodeOptions, gate: Gate): PrivateNetwork | undefined {
  const { clusterKeys: keys, clock, turnedAway } = options
  if (keys.length === 0) return undefined
  return new PrivateNetwork({
    keys,
    clock,
    isInbound: (connection) => gate.isInbound(connection),
    turnedAway: (reason, address) => turnedAway.add(reason, address),
  })
}

/** Text form without the peer ID. */
export function addressText(address: Multiaddr): string {
  return address.decapsulateCode(p2pCode).toString()
}

/** The multicodec of `/p2p/` (multiformats table). */
const p2pCode = 421

/** Own addresses, those that only this machine can use last. */
export function ownAddresses(parts: Libp2pParts): string[] {
  const all = parts.addressManager.getAddresses().map(addressText)
  const isLocal = (address: string): boolean => /^\/(ip4\/127\.|ip6\/::1\/)/.test(address)
  return [...all.filter((address) => !isLocal(address)), ...all.filter(isLocal)]
}

/** The address to dial, naming the peer that must answer if it is known. */
export function dialAddress(address: string, peer: string | undefined): Multiaddr {
  return multiaddr(peer === undefined ? address : `${address}/p2p/${peer}`)
}

/** libp2p's way of saying that it cannot listen, in words that help. */
export function listenFailure(error: unknown, listen: readonly string[]): Failure {
  const told = error instanceof Error ? error.message : String(error)
  const where = listen.join(', ')
  const why = told.includes('EADDRINUSE')
    ? 'the address is in use. Choose another port (0 takes any free one), or stop what listens there'
    : told.includes('EADDRNOTAVAIL')
      ? 'the address is not of this machine. Listen on 0.0.0.0 for all interfaces, or on one of `ip address`'
      : told.includes('EACCES')
        ? 'the port may not be used by this user. Choose one above 1023'
        : told.split('\n')[0]
  return new Failure('address-unusable', `cannot listen on ${where}: ${why}.`, { cause: error })
}

/** Only Ed25519 keys stand inside their peer IDs, and only those are our own kind. */
export function ourPeerId(peer: { toString(): string }): PeerId | undefined {
  const publicKey = publicKeyOf(peer.toString())
  return publicKey === undefined ? undefined : peerIdOf(publicKey)
}

/** The multiplexer of a connection, which is not among what libp2p shows of it. */
export const muxerOf = (connection: Connection): unknown => Reflect.get(connection, 'muxer')

/**
 * Pings over one connection with the multiplexer's own frame of 12 bytes, which costs a hundredth of a ping stream. Resolves with the round
 * trip in milliseconds, as libp2p measured it; rejects when the connection closes first.
 */
export async function pingOver(connection: Connection): Promise<number> {
  const muxer = muxerOf(connection)
  const ping: unknown = typeof muxer === 'object' && muxer !== null ? Reflect.get(muxer, 'ping') : undefined
  if (typeof ping !== 'function') throw new Error('the connection cannot ping')
  return Number(await Reflect.apply(ping, muxer, []))
}

/** Stops a node. libp2p leaves one timer of a second behind, which would keep the process for that long. */
export async function stopNode({ libp2p, parts }: Libp2pNode): Promise<void> {
  await libp2p.stop()
  const noting: unknown = Reflect.get(parts.addressManager, '_updatePeerStoreAddresses')
  const stop: unknown = typeof noting === 'function' ? Reflect.get(noting, 'stop') : undefined
  if (typeof stop === 'function') Reflect.apply(stop, noting, [])
}
