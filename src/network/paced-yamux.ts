import type { StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { limits, rates, turns } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { frugalYamux } from './frugal-yamux.ts'
import { Pace, type PaceOptions } from './pace.ts'
import { Paces } from './paces.ts'
import type { LinkOffence } from './network.ts'

type MakeYamux = ReturnType<typeof frugalYamux>

interface PacedYamuxOptions {
  readonly clock: Clock
  /** Whose connection it is, once that is known. */
  readonly peerOf: (muxer: StreamMuxer) => PeerId | undefined
  readonly offends: (peer: PeerId, offence: LinkOffence) => void
}

/** Of a frame's header what matters here. */
interface FrameHeader {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly length: number
}

type HandleFrame = (header: FrameHeader, readData: unknown) => Promise<void>

/** `FrameType.Data`, `FrameType.Ping` and `Flag.SYN` of the muxer. */
const [dataType, pingType, synFlag] = [0, 2, 1]

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
  const handle: unknown = Reflect.get(muxer, 'handleFrame')
  if (!isHandler(handle)) throw new Error('the muxer takes its frames in another way than is known')
  let peer: PeerId | undefined
  // Until the connection is told of there is nobody to blame.
  const early = new Pace(paceOptions(clock, () => {}))
  const paced: HandleFrame = async (header, readData) => {
    peer ??= peerOf(muxer)
    if (header.type === dataType && header.length > limits.frameOfLinkMaxBytes) {
      if (peer !== undefined) offends(peer, 'broken-message')
      throw new Error(`a frame of ${header.length} bytes`)
    }
    const pace = peer === undefined ? early : paces.of(peer)
    const waiting = pace.take(...costOf(header))
    if (waiting !== undefined) await waiting
    await handle.call(muxer, header, readData)
  }
  Reflect.set(muxer, 'handleFrame', paced)
}

/** What a frame counts for, and what for in its turn. */
function costOf({ type, flag, streamID, length }: FrameHeader): [cost: number, ofTurn: number] {
  const isNewStream = streamID !== 0 && (flag & synFlag) !== 0
  if (isNewStream) return [rates.framesPerStream, turns.framesPerStream]
  if (type === pingType || (type === dataType && length === 0)) return [rates.framesPerIdle, 1]
  const cost = type === dataType ? 1 + Math.floor(length / rates.bytesPerFrame) : 1
  return [cost, cost]
}

const isHandler = (value: unknown): value is HandleFrame => typeof value === 'function'
