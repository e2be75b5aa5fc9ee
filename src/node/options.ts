import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { KeyPair, Signatures } from '../runtime/signature.ts'
import type { Network } from '../network/network.ts'
import type { ChannelReference } from './channel-values.ts'
import { parseEntityId } from '../state/entity-id.ts'
import type { decodeMessage } from '../protocol/decode.ts'
import { limits } from '../protocol/limits.ts'
import type { Store } from '../storage/store.ts'
import type { PeerOptions } from './peer-options.ts'

/** The part a node takes in one event channel. */
export interface ChannelOption {
  /** `device_state`, `mwi`, or the definition of a channel of one's own. */
  readonly channel: ChannelReference
  /** Default true. */
  readonly publish?: boolean
  /** Default true. */
  readonly subscribe?: boolean
}

/** What the node offers the maker of its network. */
export interface NetworkRequest {
  readonly keys: KeyPair
  readonly serviceTags: readonly string[]
  readonly protocolPrefix: string
  /** All topics the node may ever use. */
  readonly topics: readonly string[]
}

/** Keys that are tried on whoever connects: an old one and a new one are enough, and each costs a trial. */
const clusterKeysMax = 8

/** All durations in milliseconds. */
export interface Timing {
  /**
   * Changes that follow one another within this time leave together; where two or more do, within up to 4 times it, and in a storm within up
   * to 8 times. Default 2.
   */
  readonly coalesceMs: number
  /** Between two heartbeats in a cluster of up to 100 nodes; it grows by 10 ms a node above. Default 1000. */
  readonly heartbeatMs: number
  /** Between two comparisons with a random peer. Default 5000. */
  readonly antiEntropyMs: number
  /** After this long a departed member is forgotten, with its documents. Default one day. */
  readonly forgetAfterMs: number
}

/**
 * The timing for a local network: the default.
 *
 * @example
 * ```ts
 * import { createNode, lan } from 'lampfield'
 *
 * const node = createNode({ timing: { ...lan, coalesceMs: 10 } })
 * console.log(node.status)
 * ```
 */
export const lan: Timing = Object.freeze({
  coalesceMs: 2,
  heartbeatMs: 1000,
  antiEntropyMs: 5000,
  forgetAfterMs: 86_400_000,
})

/**
 * Slower beats for links with a long round trip; changes leave as fast as on a local network.
 *
 * @example
 * ```ts
 * import { createNode, wan } from 'lampfield'
 *
 * const node = createNode({ timing: wan, mdns: false, peers: ['pbx2.example.com:4001'] })
 * console.log(node.status)
 * ```
 */
export const wan: Timing = Object.freeze({ ...lan, heartbeatMs: 3000, antiEntropyMs: 10_000 })

/** How a node is made. Everything has a default that works on one local network. */
export interface NodeOptions extends PeerOptions {
  /** Nodes with the same cluster name (and key) find each other. Default `lampfield`. */
  readonly cluster?: string
  /** Six bytes as `01:23:45:67:89:ab`. Default: kept from before, else from a network interface. */
  readonly entityId?: string
  /** For people. Default: the host's name. */
  readonly name?: string
  /** Where identity, incarnation and persistent entries are kept. Default: in memory, gone with the process. */
  readonly dataDirectory?: string
  /**
   * The event channels it takes part in, by name or definition, published and subscribed where nothing else is said; 16 at
   * most. Default: `device_state` and `mwi`.
   */
  readonly channels?: readonly (ChannelOption | ChannelReference)[]
  /** Device patterns (`Custom:night*`) whose latest entry counts, instead of Asterisk's aggregation. */
  readonly latestDevices?: readonly string[]
  /** Multiaddresses to listen on. Default `/ip4/0.0.0.0/tcp/0`: any free port of every interface. */
  readonly listen?: readonly string[]
  /** Find nodes on the local network by multicast. Default true. */
  readonly mdns?: boolean
  /**
   * The pre-shared key of the cluster, 32 bytes: who has another one or none cannot exchange a byte. Of several keys the first is dialled with and all
   * are taken, so that a key can be changed while the cluster runs. Default none: an open cluster.
   */
  readonly clusterKey?: Uint8Array | readonly Uint8Array[] | undefined
  readonly timing?: Partial<Timing>
  /**
   * What the entries of all other servers may take of this process's memory together, in bytes as they are reckoned: some 1050 a lamp. Beyond it servers known for longer
   * keep their place, and those met last count no more. Default 256 MiB: some 250,000 entries.
   */
  readonly roomBytes?: number
  /** Default silent. */
  readonly log?: Log
  readonly clock?: Clock
  readonly random?: Random
  readonly signatures?: Signatures
  /** In place of libp2p: for tests. */
  readonly network?: (request: NetworkRequest) => Network
  /** @internal In place of reading each message anew: for simulations, where a thousand nodes read the same. */
  readonly decode?: typeof decodeMessage
  /** In place of the data directory: for tests, and for stores of one's own. Closed by the node when it stops. */
  readonly store?: () => Promise<Store>
}

/** Checks what can be checked without touching anything. Throws `invalid-argument` naming the option. */
export function resolveTiming(given: Partial<Timing> = {}): Timing {
  const timing = { ...lan, ...given }
  for (const [name, value] of Object.entries(timing)) {
    if (!Number.isFinite(value) || value < 0) throw wrong(`timing.${name}`, value, 'a number of milliseconds from 0')
  }
  if (timing.heartbeatMs < 100) throw wrong('timing.heartbeatMs', timing.heartbeatMs, 'at least 100 ms')
  if (timing.forgetAfterMs < 60 * timing.heartbeatMs) {
    throw wrong(
      'timing.forgetAfterMs',
      timing.forgetAfterMs,
      'at least 60 heartbeats, or a short cut would lose members',
    )
  }
  return Object.freeze(timing)
}

/** Checks the options that name the node. */
export function checkNames(options: NodeOptions): void {
  const { cluster, name, entityId } = options
  if (cluster !== undefined && (cluster === '' || Buffer.byteLength(cluster) > limits.clusterNameMaxBytes)) {
    throw wrong('cluster', cluster, `a name of 1 to ${limits.clusterNameMaxBytes} bytes`)
  }
  if (name !== undefined && (Buffer.byteLength(name) > limits.nodeNameMaxBytes || /\p{Cc}/u.test(name))) {
    throw wrong('name', name, `a name of up to ${limits.nodeNameMaxBytes} bytes without control characters`)
  }
  if (entityId !== undefined) {
    const read = parseEntityId(entityId)
    if (!read.ok) throw new Failure('invalid-argument', read.reason)
  }
  const { roomBytes } = options
  if (roomBytes !== undefined && !(Number.isSafeInteger(roomBytes) && roomBytes > 0)) {
    throw wrong('roomBytes', roomBytes, 'a whole number of bytes above 0')
  }
  const keys = clusterKeysOf(options)
  if (keys.length > clusterKeysMax) {
    throw new Failure(
      'invalid-argument',
      `${keys.length} cluster keys are too many: at most ${clusterKeysMax} are tried`,
    )
  }
  for (const { length } of keys) {
    if (length !== 32) throw new Failure('invalid-argument', `a cluster key has 32 bytes, not ${length}`)
  }
}

/** The keys of a closed cluster, the one that is dialled with first; none for an open one. */
export function clusterKeysOf({ clusterKey }: NodeOptions): readonly Uint8Array[] {
  if (clusterKey === undefined) return []
  return clusterKey instanceof Uint8Array ? [clusterKey] : clusterKey
}

function wrong(option: string, value: unknown, right: string): Failure {
  return new Failure('invalid-argument', `${option} is ${JSON.stringify(value)}: ${right} is wanted`)
}
