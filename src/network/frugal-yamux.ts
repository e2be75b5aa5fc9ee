import { yamux } from '@chainsafe/libp2p-yamux'
import type { StreamMuxerFactory } from '@libp2p/interface'

type YamuxComponents = Parameters<ReturnType<typeof yamux>>[0]

/** `StreamState.Established` of the muxer: opened on both sides, so an update has nothing to say but the window. */
const established = 3

/** What of a stream the saving depends on. */
interface WindowedStream {
  readonly state: number
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  sendWindowUpdate(): void
}

/**
 * Yamux that refills a stream's window when half of it is used, as its specification advises. 7.0.4 answers every chunk read with an update: on
 * a gossip stream each message then costs a second packet, and each side a second encryption, for nothing. A sender still never waits
 * for a reader that keeps up, since half a window is always open.
 */
export function frugalYamux(
  settings: Parameters<typeof yamux>[0],
): (components: YamuxComponents) => StreamMuxerFactory {
  const make = yamux(settings)
  return (components) => {
    const factory = make(components)
    const create = factory.createStreamMuxer.bind(factory)
    factory.createStreamMuxer = (init) => {
      const muxer = create({
        ...init,
        onIncomingStream: (stream) => {
          makeFrugal(stream)
          init?.onIncomingStream?.(stream)
        },
      })
      const open = muxer.newStream.bind(muxer)
      muxer.newStream = (name) => {
        const stream = open(name)
        if (!(stream instanceof Promise)) makeFrugal(stream)
        return stream
      }
      return muxer
    }
    return factory
  }
}

/** A stream that does not look as known is left as it is: it only costs more. */
function makeFrugal(stream: object): void {
  if (!isWindowed(stream)) return
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    if (stream.state === established && stream.recvWindowCapacity * 2 > stream.recvWindow) return
    update()
  }
}

function isWindowed(stream: object): stream is WindowedStream {
  const fields: Partial<WindowedStream> = stream
  const numbers = [fields.state, fields.recvWindow, fields.recvWindowCapacity]
  return typeof fields.sendWindowUpdate === 'function' && numbers.every((value) => typeof value === 'number')
}
