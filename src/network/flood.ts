import { encode } from 'it-length-prefixed'
import type { Clock } from '../runtime/clock.ts'
import { envelopeOf } from './envelope.ts'
import { messageIdOf, messageIdText } from './gossip-settings.ts'
import { pushPromptly, type OutboundStream } from './prompt-stream.ts'

/** What is used of gossipsub by its public names; its subscribers and what it has seen are looked up. */
interface Pubsub {
  /** By peer ID. */
  readonly streamsOutbound: ReadonlyMap<string, OutboundStream>
}

interface SeenCache {
  put(id: string): unknown
}

/**
 * Gives messages to neighbours' streams in one go. Gossipsub's own way to publish leads over its caches, the scores of its neighbours and a general
 * encoder of envelopes, which takes longer than all that follows: and nobody asks those caches for a message, as nobody is told of its ID.
 */
export class Flood {
  readonly #pubsub: Pubsub
  readonly #clock: Clock
  readonly #subscribers: ReadonlyMap<string, ReadonlySet<string>>
  readonly #seen: SeenCache

  constructor(pubsub: Pubsub, clock: Clock) {
    this.#pubsub = pubsub
    this.#clock = clock
    const [subscribers, seen]: unknown[] = [Reflect.get(pubsub, 'topics'), Reflect.get(pubsub, 'seenCache')]
    if (!(subscribers instanceof Map) || !isSeenCache(seen)) {
      throw new Error('gossipsub keeps its subscribers or what it has seen in another way than is known')
    }
    this.#subscribers = subscribers as ReadonlyMap<string, ReadonlySet<string>>
    this.#seen = seen
  }

  /** Sends an own message to every neighbour that subscribes its topic (some 48 at most): after a partition nothing waits for a mesh to form. */
  publish(topic: string, data: Uint8Array): void {
    this.#send(topic, data, undefined)
    // An echo is to be known for one. None comes before this turn is over, and the message does not wait for it.
    this.#clock.after(0, () => this.#seen.put(messageIdText(messageIdOf({ topic, data }))))
  }

  /** Sends a message to those of some neighbours that subscribe its topic. */
  handOn(topic: string, data: Uint8Array, peers: readonly string[]): void {
    this.#send(topic, data, peers)
  }

  #send(topic: string, data: Uint8Array, peers: readonly string[] | undefined): void {
    const subscribers = this.#subscribers.get(topic)
    if (subscribers === undefined || subscribers.size === 0) return
    const block = encode.single(envelopeOf(topic, data))
    for (const peer of subscribers) {
      if (peers !== undefined && !peers.includes(peer)) continue
      try {
        const stream = this.#pubsub.streamsOutbound.get(peer)
        if (stream !== undefined) pushPromptly(stream, block)
      } catch {
        // Too much waits for a slow neighbour: anti-entropy brings what this says.
      }
    }
  }
}

const isSeenCache = (value: unknown): value is SeenCache =>
  typeof value === 'object' && value !== null && 'put' in value && typeof value.put === 'function'
