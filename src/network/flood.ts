import { encode } from 'it-length-prefixed'
import { ByteWriter } from '../protocol/byte-writer.ts'
import type { Clock } from '../runtime/clock.ts'
import { messageIdOf, messageIdText } from './gossip-settings.ts'

/** The fields of gossipsub's protobuf with the type "bytes": an envelope's message, a message's data and its topic. */
const [messageField, dataField, topicField] = [0x12, 0x12, 0x22]

/** What is used of gossipsub by its public names; its subscribers and what it has seen are looked up. */
interface Pubsub {
  /** By peer ID. */
  readonly streamsOutbound: ReadonlyMap<string, { pushPrefixed(block: ReturnType<typeof encode.single>): void }>
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
        this.#pubsub.streamsOutbound.get(peer)?.pushPrefixed(block)
      } catch {
        // Too much waits for a slow neighbour: anti-entropy brings what this says.
      }
    }
  }
}

/** An envelope with one unsigned message, as gossipsub writes it. */
export function envelopeOf(topic: string, data: Uint8Array): Uint8Array {
  const message = new ByteWriter().byte(dataField).bytes(data).byte(topicField).text(topic).finish()
  return new ByteWriter().byte(messageField).bytes(message).finish()
}

const isSeenCache = (value: unknown): value is SeenCache =>
  typeof value === 'object' && value !== null && 'put' in value && typeof value.put === 'function'
