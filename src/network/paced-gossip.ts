import { gossipsub, type GossipSub, type GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import type { Connection, PeerId as Libp2pPeerId, Stream, StreamHandler } from '@libp2p/interface'
import { rates, turns } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { LinkOffence } from './network.ts'
import { BlockScan, BlockTooLong } from './block-scan.ts'
import { Paces } from './paces.ts'

type GossipSubComponents = Parameters<ReturnType<typeof gossipsub>>[0]

interface PacedGossipOptions {
  readonly clock: Clock
  readonly settings: Partial<GossipsubOpts>
  /** One envelope. */
  readonly envelopeMaxBytes: number
  readonly offends: (peer: string, offence: LinkOffence) => void
  /** Gossip came over a connection. */
  readonly gossiped: (connection: Connection) => void
  /** Takes a whole block where it brings one message and nothing else, and says whether gossipsub has nothing left to do with it. */
  readonly plain: (from: Libp2pPeerId, block: Uint8Array) => boolean
}

/** What of an envelope says whether it was worth its cost. */
interface Envelope {
  readonly messages: readonly { readonly topic: string }[]
}

type HandleEnvelope = (from: Libp2pPeerId, envelope: Envelope) => Promise<void>

/**
 * Gossipsub that reads its neighbours' streams at a pace. By itself it reads whatever comes: 64 KB of empty envelopes are 65,000 of them, for each of which
 * it decodes, allocates and queues, before anything else has a turn.
 *
 * Each envelope is charged for one that brings nothing, before anybody looks into it; where it brings a message, the difference is given back.
 */
export function pacedGossip(options: PacedGossipOptions): (components: GossipSubComponents) => GossipSub {
  const make = gossipsub(options.settings)
  const { clock, offends } = options
  const paces = new Paces((peer) => {
    return { clock, rate: rates.envelopes, turnMax: turns.envelopes, flooded: () => offends(peer, 'flood') }
  })
  return (components) => {
    const { registrar } = components
    const paced: Pick<typeof registrar, 'handle'> = {
      handle: (protocol, handler, settings) =>
        registrar.handle(protocol, pacedHandler(handler, options, paces), settings),
    }
    const pubsub = make({
      privateKey: components.privateKey,
      peerId: components.peerId,
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      logger: components.logger,
      registrar: Object.assign(Object.create(registrar) as typeof registrar, paced),
    }) as GossipSub
    giveBack(pubsub, new Set(options.settings.allowedTopics), paces)
    return pubsub
  }
}

/** Gives back what an envelope with a message was charged too much. */
function giveBack(pubsub: GossipSub, topics: ReadonlySet<string>, paces: Paces<string>): void {
  const handle: unknown = Reflect.get(pubsub, 'handleReceivedRpc')
  if (!isHandler(handle)) throw new Error('gossipsub takes its envelopes in another way than is known')
  const charged: HandleEnvelope = (from, envelope) => {
    const bringsMessage = envelope.messages.some(({ topic }) => topics.has(topic))
    if (bringsMessage) paces.of(from.toString()).giveBack(rates.envelopesPerIdle - 1)
    return handle.call(pubsub, from, envelope)
  }
  Reflect.set(pubsub, 'handleReceivedRpc', charged)
}

const isHandler = (value: unknown): value is HandleEnvelope => typeof value === 'function'

function pacedHandler(handler: StreamHandler, options: PacedGossipOptions, paces: Paces<string>): StreamHandler {
  return (incoming) => {
    incoming.stream.source = pacedSource(incoming.stream, incoming.stream.source, incoming.connection, options, paces)
    return handler(incoming)
  }
}

async function* pacedSource(
  stream: Stream,
  source: Stream['source'],
  connection: Connection,
  options: PacedGossipOptions,
  paces: Paces<string>,
): Stream['source'] {
  const { envelopeMaxBytes, offends, gossiped, plain } = options
  const peer = connection.remotePeer.toString()
  const scan = new BlockScan(envelopeMaxBytes, turns.envelopes)
  try {
    for await (const chunk of source) {
      gossiped(connection)
      const bytes = chunk.subarray()
      const { isBetween } = scan
      for (const { from, to, blocks } of scan.pieces(bytes)) {
        const pace = paces.of(peer)
        const waiting = pace.take(blocks * rates.envelopesPerIdle, blocks)
        if (waiting !== undefined) await waiting
        // What is left in the buffers of a stream that is no more, beyond its rate or cut off, is nobody's word.
        if (stream.status !== 'open' && (pace.isBehind || stream.status !== 'closed')) return
        const isBlock = blocks === 1 && isBetween && scan.isBetween && to - from === bytes.length
        if (isBlock && plain(connection.remotePeer, bytes)) pace.giveBack(rates.envelopesPerIdle - 1)
        else yield chunk.sublist(from, to)
      }
    }
  } catch (error) {
    if (error instanceof BlockTooLong) offends(peer, 'broken-message')
    throw error
  }
}
