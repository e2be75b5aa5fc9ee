import type { Network, Verdict } from '../network/network.ts'
import type { decodeMessage } from '../protocol/decode.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { MembershipMessage, Message, PassingMessage, TransferMessage } from '../protocol/messages.ts'
import type { Transfer } from '../replica/transfer.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Counters } from './counters.ts'
import { isForeignVersion } from './foreign-versions.ts'
import type { Topics } from './topics.ts'
import { transferMessages } from './transfer-assembly.ts'

export interface GossipParts {
  readonly network: Network
  readonly topics: Topics
  readonly counters: Counters
  readonly decode: typeof decodeMessage
  readonly membership: (message: MembershipMessage, from: PeerId) => Verdict
  readonly transfer: (transfer: Transfer, from: PeerId) => Verdict
  readonly passing: (message: PassingMessage, from: PeerId) => Verdict
  readonly foreignVersion: (from: PeerId, reason: string) => void
}

/** The fast path: one topic for membership and one for each event channel. */
export class Gossip {
  readonly #parts: GossipParts

  constructor(parts: GossipParts) {
    this.#parts = parts
  }

  /** Takes part in the topics of membership and of the channels this node subscribes. */
  join(channels: Iterable<string>): void {
    const { network, topics } = this.#parts
    network.subscribe(topics.membership)
    for (const channel of channels) network.subscribe(topics.channel(channel))
  }

  /**
   * Gossips steps of own documents. A run of several updates is left to anti-entropy, which the next heartbeat sets off:
   * it would not fit in one message.
   */
  async publish(transfers: readonly Transfer[]): Promise<void> {
    const { network, topics, counters } = this.#parts
    for (const transfer of transfers) {
      if (transfer.kind === 'run' && transfer.updates.length !== 1) continue
      for (const message of transferMessages(transfer)) {
        const bytes = encodeMessage(message)
        if (bytes.length > limits.messageMaxBytes) continue
        counters.add('messages_published')
        counters.add('published_bytes', bytes.length)
        await network.publish(topics.channel(transfer.head.document.channel), bytes)
      }
    }
  }

  async publishMembership(message: MembershipMessage): Promise<void> {
    this.#parts.counters.add(`${message.kind}s_published`)
    await this.#parts.network.publish(this.#parts.topics.membership, encodeMessage(message))
  }

  async publishPassing(message: PassingMessage): Promise<void> {
    await this.#parts.network.publish(this.#parts.topics.channel(message.channel), encodeMessage(message))
  }

  /** Takes a message, acts on it, and tells whether to pass it on. */
  intake(topic: string, data: Uint8Array, from: PeerId): Verdict {
    const message = this.#parts.decode(data)
    if (!message.ok) return this.#refuse(message.reason, from)
    if (topic === this.#parts.topics.membership) return this.#membership(message.value, from)
    const channel = this.#parts.topics.channelOf(topic)
    const { value } = message
    if (value.kind === 'passing') {
      return value.channel === channel ? this.#parts.passing(value, from) : this.#refuse('wrong-topic', from)
    }
    if (value.kind !== 'run' && value.kind !== 'roll-over') return this.#refuse('unexpected-kind', from)
    if (value.head.document.channel !== channel) return this.#refuse('wrong-topic', from)
    return this.#transfer(value, from)
  }

  #membership(message: Message, from: PeerId): Verdict {
    if (message.kind !== 'heartbeat' && message.kind !== 'farewell' && message.kind !== 'accusation') {
      return this.#refuse('unexpected-kind', from)
    }
    return this.#parts.membership(message, from)
  }

  #transfer(message: TransferMessage, from: PeerId): Verdict {
    if (message.kind === 'roll-over') return this.#parts.transfer(message, from)
    if (message.parts !== 1) return this.#refuse('parts-in-gossip', from)
    const { head, update } = message
    return this.#parts.transfer({ kind: 'run', head, from: message.from, updates: [update] }, from)
  }

  /** Another version of the protocol is no offence; anything else that cannot be read is. */
  #refuse(reason: string, from: PeerId): Verdict {
    this.#parts.counters.refuse(reason)
    // A newer node may say more than this one knows.
    if (reason === 'unknown-kind') return 'ignore'
    if (!isForeignVersion(reason)) return 'reject'
    this.#parts.foreignVersion(from, reason)
    return 'ignore'
  }
}
