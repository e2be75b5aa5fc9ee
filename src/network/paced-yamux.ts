import type { StreamMuxer, StreamMuxerFactory } from '@libp2p/interface'
import { limits, rates, turns } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { frugalYamux } from './frugal-yamux.ts'
import { Pace } from './pace.ts'
import type { LinkOffence } from './network.ts'

type MakeYamux = ReturnType<typeof frugalYamux>

interface PacedYamuxOptions {
  readonly clock: Clock
  readonly offends: (muxer: StreamMuxer, offence: LinkOffence) => void
}

/** Of a frame's header what matters here. */
interface FrameHeader {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly length: number
}

type HandleFrame = (header: FrameHeader, readData: unknown) => Promise<void>

/** `FrameType.Data` and `Flag.SYN` of the muxer. */
const [dataType, synFlag] = [0, 1]

/**
 * Yamux that takes each connection's frames at a pace, and no frame larger than a window. By itself it takes all frames of a chunk in one go, answers
 * every ping, and keeps whatever a frame of up to 4 GB brings for a stream that is not there.
 */
export function pacedYamux(make: MakeYamux, options: PacedYamuxOptions): MakeYamux {
  return (components) => {
    const factory: StreamMuxerFactory = make(components)
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (init) => {
      const muxer = create(init)
      paceFrames(muxer, options)
      return muxer
    }
    return factory
  }
}

function paceFrames(muxer: StreamMuxer, { clock, offends }: PacedYamuxOptions): void {
  const handle: unknown = Reflect.get(muxer, 'handleFrame')
  if (!isHandler(handle)) throw new Error('the muxer takes its frames in another way than is known')
  const flooded = (): void => offends(muxer, 'flood')
  const pace = new Pace({ clock, rate: rates.frames, turnMax: turns.frames, flooded })
  const paced: HandleFrame = async (header, readData) => {
    if (header.type === dataType && header.length > limits.frameOfLinkMaxBytes) {
      offends(muxer, 'broken-message')
      throw new Error(`a frame of ${header.length} bytes`)
    }
    const isNewStream = header.streamID !== 0 && (header.flag & synFlag) !== 0
    const waiting = isNewStream ? pace.take(rates.framesPerStream, turns.framesPerStream) : pace.take(1)
    if (waiting !== undefined) await waiting
    await handle.call(muxer, header, readData)
  }
  Reflect.set(muxer, 'handleFrame', paced)
}

const isHandler = (value: unknown): value is HandleFrame => typeof value === 'function'
