import type { GossipSub } from '@chainsafe/libp2p-gossipsub'
import { TopicValidatorResult, type PeerId, type TopicValidatorFn } from '@libp2p/interface'
import { dataField, messageField, topicField } from './envelope.ts'
import { messageIdOf, messageIdText } from './gossip-settings.ts'

interface GossipMessage {
  readonly topic: string
  readonly data: Uint8Array
}

interface SeenCache {
  has(id: string): boolean
  put(id: string): unknown
}

/** Says of a message what is to become of it. */
type Judge = (from: PeerId, message: GossipMessage) => TopicValidatorResult

/** Verdicts that gossipsub has not asked for yet: a handful, unless it asks for none of them. */
const judgedMax = 1024

/**
 * Takes the blocks of gossip that bring a single message and nothing else, which nearly all do, past gossipsub: its general decoder, scores and promises take
 * longer than all that follows from a change. It is still who decides from whom anything is taken, who knows what was seen, and who passes on and
 * punishes.
 */
export class PlainGossip {
  readonly #pubsub: GossipSub
  readonly #judge: Judge
  readonly #accepts: (peer: string) => boolean
  readonly #seen: SeenCache
  readonly #judged = new Map<string, TopicValidatorResult>()

  constructor(pubsub: GossipSub, judge: Judge) {
    this.#pubsub = pubsub
    this.#judge = judge
    const [accepts, seen]: unknown[] = [Reflect.get(pubsub, 'acceptFrom'), Reflect.get(pubsub, 'seenCache')]
    if (!isAcceptance(accepts) || !isSeenCache(seen)) {
      throw new Error('gossipsub chooses whom it hears, or keeps what it has seen, in another way than is known')
    }
    this.#accepts = accepts.bind(pubsub)
    this.#seen = seen
  }

  /** Judges the message of a whole block; false where anything is left to do for gossipsub. */
  take(from: PeerId, block: Uint8Array): boolean {
    const message = plainMessageOf(block)
    if (message === undefined || !this.#pubsub.topicValidators.has(message.topic)) return false
    if (!this.#accepts(from.toString())) return false
    const id = messageIdText(messageIdOf(message))
    if (this.#seen.has(id)) return true
    const verdict = this.#judge(from, message)
    if (verdict === TopicValidatorResult.Ignore) {
      this.#seen.put(id)
      return true
    }
    if (this.#judged.size >= judgedMax) this.#judged.clear()
    this.#judged.set(id, verdict)
    return false
  }

  /** What gossipsub asks: nothing is judged twice. */
  readonly validator: TopicValidatorFn = (from, message) => {
    if (this.#judged.size > 0) {
      const id = messageIdText(messageIdOf(message))
      const verdict = this.#judged.get(id)
      if (this.#judged.delete(id) && verdict !== undefined) return verdict
    }
    return this.#judge(from, message)
  }
}

/** The message of a block with its length in front, where it is an envelope as `envelopeOf` writes it; undefined where it is any other. */
export function plainMessageOf(block: Uint8Array): GossipMessage | undefined {
  const reader = new FieldReader(block)
  if (!reader.isRest(reader.length())) return undefined
  if (reader.byte() !== messageField || !reader.isRest(reader.length())) return undefined
  if (reader.byte() !== dataField) return undefined
  const data = reader.bytes(reader.length())
  if (reader.byte() !== topicField) return undefined
  const topicBytes = reader.length()
  if (data === undefined || !reader.isRest(topicBytes)) return undefined
  const topic = reader.bytes(topicBytes)
  // The topics of nodes are ASCII; any other text is nobody's topic.
  return topic === undefined ? undefined : { topic: Buffer.from(topic).toString('latin1'), data }
}

/** Longer than a message is the length of none, and its number has so many bytes of 7 bits at the most. */
const lengthBytesMax = 4

class FieldReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number | undefined {
    const byte = this.#bytes[this.#at]
    this.#at += 1
    return byte
  }

  /** NaN where there is none. */
  length(): number {
    let length = 0
    for (let place = 0; place < lengthBytesMax; place += 1) {
      const byte = this.byte() ?? Number.NaN
      length += (byte & 0x7f) * 128 ** place
      if (byte < 0x80) return length
    }
    return Number.NaN
  }

  /** Whether exactly so many bytes are left. */
  isRest(length: number): boolean {
    return this.#bytes.length - this.#at === length
  }

  bytes(length: number): Uint8Array | undefined {
    const end = this.#at + length
    if (!(end <= this.#bytes.length)) return undefined
    const bytes = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return bytes
  }
}

const isAcceptance = (value: unknown): value is (peer: string) => boolean => typeof value === 'function'

function isSeenCache(value: unknown): value is SeenCache {
  if (typeof value !== 'object' || value === null) return false
  const { has, put }: Partial<SeenCache> = value
  return typeof has === 'function' && typeof put === 'function'
}
