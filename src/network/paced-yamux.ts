import type { StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { limits, rates, turns } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { frugalYamux } from './frugal-yamux.ts'
import { Pace, type PaceOptions } from './pace.ts'
import { Paces } from './paces.ts'
import type { LinkOffence } from './network.ts'
import { dataType, withoutPlainFrames, type FrameHeader } from './plain-frames.ts'

type MakeYamux = ReturnType<typeof frugalYamux>

interface PacedYamuxOptions {
  readonly clock: Clock
  /** Whose connection it is, once that is known. */
  readonly peerOf: (muxer: StreamMuxer) => PeerId | undefined
  readonly offends: (peer: PeerId, offence: LinkOffence) => void
}

type PacedHeader = Omit<FrameHeader, 'version'>

type HandleFrame = (header: PacedHeader, readData: unknown) => Promise<void>

/** `FrameType.Ping` and `Flag.SYN` of the muxer. */
const [pingType, synFlag] = [2, 1]

/**
 * Yamux that takes each peer's frames at a pace, and no frame larger than a window. By itself it takes all frames of a chunk in one go, answers
 * every ping, and keeps whatever a frame of up to 4 GB brings for a stream that is not there.
 */
export function pacedYamux(make: MakeYamux, options: PacedYamuxOptions): MakeYamux {
  const { clock, offends } = options
  const paces = new Paces<PeerId>((peer) => paceOptions(clock, () => offends(peer, 'flood')))
  return (components) => {
    const factory: StreamMuxerFactory = make(components)
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (init) => {
      const muxer = create(init)
      paceFrames(muxer, options, paces)
      return muxer
    }
    return factory
  }
}

const paceOptions = (clock: Clock, flooded: () => void): PaceOptions => {
  return { clock, rate: rates.frames, turnMax: turns.frames, flooded }
}

function paceFrames(muxer: StreamMuxer, { clock, peerOf, offends }: PacedYamuxOptions, paces: Paces<PeerId>): void {
  const [handle, streams]: unknown[] = [Reflect.get(muxer, 'handleFrame'), Reflect.get(muxer, '_streams')]
  if (!isHandler(handle) || !(streams instanceof Map)) {
    throw new Error('the muxer takes its frames in another way than is known')
  }
  let peer: PeerId | undefined
  // Until the connection is told of there is nobody to blame.
  const early = new Pace(paceOptions(clock, () => {}))
  const take = (header: PacedHeader): Promise<void> | undefined => {
    peer ??= peerOf(muxer)
    if (header.type === dataType && header.length > limits.frameOfLinkMaxBytes) {
      if (peer !== undefined) offends(peer, 'broken-message')
      throw new Error(`a frame of ${header.length} bytes`)
    }
    const pace = peer === undefined ? early : paces.of(peer)
    return pace.take(...costOf(header))
  }
  const paced: HandleFrame = async (header, readData) => {
    const waiting = take(header)
    if (waiting !== undefined) await waiting
    await handle.call(muxer, header, readData)
  }
  Reflect.set(muxer, 'handleFrame', paced)
  const sink = muxer.sink.bind(muxer)
  muxer.sink = (chunks) => sink(withoutPlainFrames(chunks, streams as ReadonlyMap<number, object>, take))
}

/** What a frame counts for, and what for in its turn. */
function costOf({ type, flag, streamID, length }: PacedHeader): [cost: number, ofTurn: number] {
  const isNewStream = streamID !== 0 && (flag & synFlag) !== 0
  if (isNewStream) return [rates.framesPerStream, turns.framesPerStream]
  if (type === pingType || (type === dataType && length === 0)) return [rates.framesPerIdle, 1]
  const cost = type === dataType ? 1 + Math.floor(length / rates.bytesPerFrame) : 1
  return [cost, cost]
}

const isHandler = (value: unknown): value is HandleFrame => typeof value === 'function'
