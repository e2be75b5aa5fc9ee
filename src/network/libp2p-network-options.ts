import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { KeyPair } from '../runtime/signature.ts'
import type { KeeperSettings } from './keeper-settings.ts'
import type { Libp2pNode } from './libp2p-node.ts'
import type { NetworkLimits } from './network-limits.ts'

export interface Libp2pNetworkOptions {
  /** The node's Ed25519 key; its public half is the peer ID. */
  readonly keys: KeyPair
  /** All topics that may ever be subscribed or published here; others are refused, also from peers. */
  readonly topics: readonly string[]
  /** In front of the protocol names of this cluster, as `/lampfield/0123456789abcdef`. */
  readonly protocolPrefix: string
  /** Multiaddresses to listen on. Default `/ip4/0.0.0.0/tcp/0`. */
  readonly listen?: readonly string[] | undefined
  /** Peers by address: `host:port` or a multiaddress. Default none. */
  readonly peers?: readonly string[] | undefined
  /** Find peers by multicast DNS. Default true. */
  readonly mdns?: boolean | undefined
  /** What is asked for by multicast DNS, as `lf-0123456789abcdef._tcp.local`; others for each cluster, one for each of its keys. */
  readonly serviceTags: readonly string[]
  /** Pre-shared keys of 32 bytes. The first is dialled with, others are taken, too. Default none: an open network. */
  readonly clusterKeys?: readonly Uint8Array[] | undefined
  readonly limits?: Partial<NetworkLimits> | undefined
  readonly clock: Clock
  readonly random: Random
  /** Default silent. */
  readonly log?: Log | undefined
  /** A connection over which nothing came for so long is pinged, in milliseconds; in steps of 500. Default 1000. */
  readonly pingAfterMs?: number | undefined
  /** A connection is given up when nothing comes for so long after that, in milliseconds; in steps of 500. Default 3000. */
  readonly pingTimeoutMs?: number | undefined
  readonly keeper?: Partial<KeeperSettings> | undefined
  /** @internal For tests: what is inside, before it starts. */
  readonly tap?: ((node: Libp2pNode) => void) | undefined
}
