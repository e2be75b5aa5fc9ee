import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { TopicValidatorResult, type PeerId as Libp2pPeerId } from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import { Flood } from './flood.ts'
import { guarded } from './guard.ts'
import { ourPeerId } from './libp2p-node.ts'
import type { NetworkHandlers, Verdict } from './network.ts'
import { PlainGossip } from './plain-gossip.ts'
import type { StreamHealth } from './watchdog.ts'

const results: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
  reject: TopicValidatorResult.Reject,
}

/** Neighbours whose peer IDs are kept as read. */
const peersMax = 1024

interface GossipParts {
  readonly pubsub: GossipSub
  readonly clock: Clock
  readonly log: Log
  readonly handlers: () => NetworkHandlers | undefined
}

/** Gossip over gossipsub: the node judges each message as it comes, so nothing is queued between. */
export class Gossip {
  readonly #parts: GossipParts
  readonly #flood: Flood
  readonly #plain: PlainGossip
  readonly #peers = new Map<string, PeerId>()
  messagesIn = 0
  messagesOut = 0

  constructor(parts: GossipParts) {
    this.#parts = parts
    this.#flood = new Flood(parts.pubsub, parts.clock)
    this.#plain = new PlainGossip(parts.pubsub, (from, { topic, data }) => this.#judge(from, topic, data))
  }

  subscribe(topic: string): void {
    const { pubsub } = this.#parts
    pubsub.topicValidators.set(topic, this.#plain.validator)
    pubsub.subscribe(topic)
  }

  unsubscribe(topic: string): void {
    const { pubsub } = this.#parts
    pubsub.unsubscribe(topic)
    pubsub.topicValidators.delete(topic)
  }

  publish(topic: string, data: Uint8Array): void {
    this.messagesOut += 1
    this.#flood.publish(topic, data)
  }

  /** Sends a message on to some neighbours, outside gossipsub's own ways. */
  handOn(topic: string, data: Uint8Array, peers: readonly PeerId[]): void {
    this.#flood.handOn(topic, data, peers)
  }

  /** Takes a whole block from a neighbour's stream where it is plain; false where gossipsub has something left to do with it. */
  plain(from: Libp2pPeerId, block: Uint8Array): boolean {
    return this.#plain.take(from, block)
  }

  /** How the stream on which this node's messages go to a peer stands. */
  healthOf(peer: PeerId): StreamHealth {
    const stream = this.#parts.pubsub.streamsOutbound.get(peer)
    if (stream === undefined) return 'missing'
    const raw: unknown = Reflect.get(stream, 'rawStream')
    if (typeof raw !== 'object' || raw === null || !('status' in raw)) return 'open'
    if (raw.status !== 'open') return 'dead'
    // The other end closes its side of this stream only when it has dropped this node as a neighbour.
    return 'readStatus' in raw && raw.readStatus === 'closed' ? 'dead' : 'open'
  }

  /** Reading a peer ID costs as much as a small message; there are few neighbours. */
  #peerOf(text: string): PeerId | undefined {
    const known = this.#peers.get(text)
    if (known !== undefined) return known
    const peer = ourPeerId(text)
    if (this.#peers.size >= peersMax) this.#peers.clear()
    if (peer !== undefined) this.#peers.set(text, peer)
    return peer
  }

  #judge(from: Libp2pPeerId, topic: string, data: Uint8Array): TopicValidatorResult {
    const { log, handlers } = this.#parts
    const current = handlers()
    const peer = this.#peerOf(from.toString())
    if (current === undefined || peer === undefined) return TopicValidatorResult.Ignore
    this.messagesIn += 1
    return results[guarded(log, 'gossip', () => current.gossip(topic, data, peer), 'ignore')]
  }
}
