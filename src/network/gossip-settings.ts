import { hash } from 'node:crypto'
import type { GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import type { Message } from '@libp2p/interface'
import { limits } from '../protocol/limits.ts'

/** Topics of one node: two built-in channels, membership, and what a library user adds, with room to spare. */
const topicsMax = 64

/**
 * The first 20 bytes of SHA-256 over topic and data: a different message cannot hide behind an equal ID, and the same bytes on two topics
 * are two messages.
 */
export function messageIdOf(message: Pick<Message, 'topic' | 'data'>): Uint8Array {
  const { topic, data } = message
  // Put together first: one call of the hash takes a third of the time of an object that is fed.
  const topicMaxBytes = 3 * topic.length
  const bytes = Buffer.allocUnsafe(topicMaxBytes + 1 + data.length)
  const at = bytes.write(topic)
  bytes[at] = 0
  bytes.set(data, at + 1)
  return hash('sha256', bytes.subarray(0, at + 1 + data.length), 'buffer').subarray(0, 20)
}

/** A message's ID as the key under which gossipsub keeps it: of all texts this one is made fastest. */
export const messageIdText = (id: Uint8Array): string =>
  Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')

/** One envelope of gossip: a message, and what is said beside it. */
export const envelopeMaxBytes = (messageMaxBytes: number): number => messageMaxBytes + 64 * 1024

/** What gossipsub is told; every value that is not its default has its reason here. */
export function gossipsubSettings(topics: readonly string[], messageMaxBytes: number): Partial<GossipsubOpts> {
  return {
    // The payload carries its owner's signature; gossipsub's own would cost a third of all CPU and say nothing more.
    globalSignaturePolicy: 'StrictNoSign',
    msgIdFn: messageIdOf,
    msgIdToStrFn: messageIdText,
    // A subscription to any other topic would be kept for ever: 300,000 of them fit into one message (CVE-2026-46679).
    allowedTopics: topics.slice(0, topicsMax),
    decodeRpcLimits: {
      maxSubscriptions: 2 * topicsMax,
      maxMessages: limits.messagesPerEnvelopeMax,
      maxIhaveMessageIDs: topicsMax,
      maxIwantMessageIDs: topicsMax,
      maxIdontwantMessageIDs: topicsMax,
      maxControlMessages: 2 * topicsMax,
      maxPeerInfos: 16,
    },
    // A larger message would end the stream for good, so what is sent stays clear of it.
    maxInboundDataLength: envelopeMaxBytes(messageMaxBytes),
    // Of a slow neighbour; over it messages to it are dropped, and anti-entropy brings what they said.
    maxOutboundBufferSize: 4 * 1024 * 1024,
    emitSelf: false,
    fallbackToFloodsub: false,
    tagMeshPeers: false,
    // 14.1.2 sends IDONTWANT and does not honour it.
    idontwantMinDataSize: 1e9,
    // No IHAVE: the answer to its IWANT is one message of any size, which the limit above turns into a dead stream, and
    // anti-entropy fills gaps anyway.
    Dlazy: 0,
    gossipFactor: 0,
    mcacheLength: 2,
    mcacheGossip: 1,
    // 2 to 6 mesh neighbours pass on what neighbours say. In a full mesh that is spare, as the sender reaches all itself, and three instead of
    // six save 15 to 26 % of the CPU; past it, three and the sender's own 16 links leave no narrow cut.
    D: 3,
    Dlo: 2,
    Dhi: 6,
    Dout: 1,
    Dscore: 2,
    // How long a new link may wait before what others say is passed on over it, too.
    heartbeatInterval: 500,
    // A pruned or re-subscribed neighbour may be grafted again soon; the defaults of 60 and 10 s are made for strangers.
    pruneBackoff: 5000,
    unsubcribeBackoff: 1000,
    // Longer than any message wanders about, and short enough that the memory of a storm stays small.
    seenTTL: 30_000,
    scoreParams: {
      // A dozen nodes behind one address is a test or a container host; gossipsub's default empties their meshes.
      IPColocationFactorWeight: 0,
      // A restarted neighbour grafts before it can know that it was pruned; that must not cost it its messages.
      behaviourPenaltyWeight: 0,
      retainScore: 10_000,
      topics: Object.fromEntries(topics.map((topic) => [topic, invalidMessagesOnly])),
    },
  }
}

/** Only messages that the node rejects count against a neighbour; nine in a row silence it for some seconds. */
const invalidMessagesOnly = {
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1000,
  firstMessageDeliveriesWeight: 0,
  meshMessageDeliveriesWeight: 0,
  meshFailurePenaltyWeight: 0,
  timeInMeshCap: 1,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 5000,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.9,
}
