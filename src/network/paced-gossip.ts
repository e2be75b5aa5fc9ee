import { gossipsub, type GossipSub, type GossipsubOpts } from '@chainsafe/libp2p-gossipsub'
import type { PeerId as Libp2pPeerId, Stream, StreamHandler } from '@libp2p/interface'
import { rates, turns } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { LinkOffence } from './network.ts'
import { BlockScan, BlockTooLong } from './block-scan.ts'
import { Pace } from './pace.ts'

type GossipSubComponents = Parameters<ReturnType<typeof gossipsub>>[0]

interface PacedGossipOptions {
  readonly clock: Clock
  readonly settings: Partial<GossipsubOpts>
  /** One envelope. */
  readonly envelopeMaxBytes: number
  readonly offends: (peer: Libp2pPeerId, offence: LinkOffence) => void
}

/**
 * Gossipsub that reads its neighbours' streams at a pace. By itself it reads whatever comes: 64 KB of empty envelopes are 65,000 of them, for each of which
 * it decodes, allocates and queues, before anything else has a turn.
 */
export function pacedGossip(options: PacedGossipOptions): (components: GossipSubComponents) => GossipSub {
  const make = gossipsub(options.settings)
  return (components) => {
    const { registrar } = components
    const paced: Pick<typeof registrar, 'handle'> = {
      handle: (protocol, handler, settings) => registrar.handle(protocol, pacedHandler(handler, options), settings),
    }
    return make({
      privateKey: components.privateKey,
      peerId: components.peerId,
      peerStore: components.peerStore,
      connectionManager: components.connectionManager,
      logger: components.logger,
      registrar: Object.assign(Object.create(registrar) as typeof registrar, paced),
    }) as GossipSub
  }
}

function pacedHandler(handler: StreamHandler, options: PacedGossipOptions): StreamHandler {
  return (incoming) => {
    incoming.stream.source = pacedSource(
      incoming.stream,
      incoming.stream.source,
      incoming.connection.remotePeer,
      options,
    )
    return handler(incoming)
  }
}

async function* pacedSource(
  stream: Stream,
  source: Stream['source'],
  peer: Libp2pPeerId,
  options: PacedGossipOptions,
): Stream['source'] {
  const { clock, envelopeMaxBytes, offends } = options
  const scan = new BlockScan(envelopeMaxBytes, turns.envelopes)
  const flooded = (): void => offends(peer, 'flood')
  const pace = new Pace({ clock, rate: rates.envelopes, turnMax: turns.envelopes, flooded })
  try {
    for await (const chunk of source) {
      for (const { from, to, blocks } of scan.pieces(chunk.subarray())) {
        const waiting = pace.take(blocks)
        if (waiting !== undefined) await waiting
        // What is left in the buffers of a stream that is no more, beyond its rate or cut off, is nobody's word.
        if (stream.status !== 'open' && (pace.isBehind || stream.status !== 'closed')) return
        yield chunk.sublist(from, to)
      }
    }
  } catch (error) {
    if (error instanceof BlockTooLong) offends(peer, 'broken-message')
    throw error
  }
}
