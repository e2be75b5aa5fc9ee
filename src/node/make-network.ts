import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { Network } from '../network/network.ts'
import { limits } from '../protocol/limits.ts'
import type { Fold } from './fold.ts'
import type { Identity } from './identity.ts'
import { clusterKeysOf, type NodeOptions } from './options.ts'
import type { Topics } from './topics.ts'

export interface NetworkParts {
  readonly identity: Identity
  readonly topics: Topics
  readonly folds: ReadonlyMap<string, Fold>
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** The network that the options ask for: libp2p, unless another one is given. */
export async function makeNetwork(options: NodeOptions, parts: NetworkParts): Promise<Network> {
  const { identity, topics, clock, random, log } = parts
  const request = {
    keys: identity.keys,
    serviceTags: topics.serviceTags,
    protocolPrefix: topics.protocolPrefix,
    topics: [topics.membership, ...[...parts.folds.keys()].map(topics.channel)],
  }
  if (options.network !== undefined) return options.network(request)
  // Loaded only when it is used: half a second that a test with a network of its own need not wait for.
  const { createLibp2pNetwork } = await import('../network/libp2p-network.ts')
  return createLibp2pNetwork({
    ...request,
    listen: options.listen,
    peers: options.peers,
    mdns: options.mdns ?? true,
    clusterKeys: clusterKeysOf(options),
    limits,
    clock,
    random,
    log,
  })
}
