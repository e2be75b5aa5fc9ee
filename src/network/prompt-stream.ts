import { Uint8ArrayList } from 'uint8arraylist'
import { dataType } from './plain-frames.ts'

/** What of gossipsub's outbound stream is used by its public names. */
export interface OutboundStream {
  pushPrefixed(block: Uint8ArrayList): void
}

/** `StreamState.Established` of the muxer: nothing is to be said of the stream beside its data. */
const established = 3

/** The stream of the muxer behind it, as far as a frame on it goes. */
interface MuxedStream {
  readonly _id: number
  readonly sendFrame: (header: object, data: Uint8ArrayList) => void
  sendWindowCapacity: number
}

/**
 * Gives a block to a neighbour's connection at once where nothing waits on its stream and the window has room for all of it; else the stream queues it.
 * Through the queue and the muxer's loop a block makes seven promises on its way.
 */
export function pushPromptly(stream: OutboundStream, block: Uint8ArrayList): void {
  const muxed = idleStream(stream)
  if (muxed === undefined || muxed.sendWindowCapacity < block.byteLength) return stream.pushPrefixed(block)
  const { _id: streamID } = muxed
  muxed.sendFrame({ type: dataType, flag: 0, streamID, length: block.byteLength }, new Uint8ArrayList(block))
  muxed.sendWindowCapacity -= block.byteLength
}

/** The muxed stream, where it is open and no other block is waiting or half sent. */
function idleStream(stream: OutboundStream): MuxedStream | undefined {
  const [queue, muxed]: unknown[] = [Reflect.get(stream, 'pushable'), Reflect.get(stream, 'rawStream')]
  if (!isObject(queue) || !isObject(muxed) || Reflect.get(queue, 'readableLength') !== 0) return undefined
  const isFree = Reflect.get(muxed, 'writeStatus') === 'writing' && Reflect.get(muxed, 'sendingData') === undefined
  return isFree && isMuxed(muxed) ? muxed : undefined
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

function isMuxed(stream: object): stream is MuxedStream {
  const { _id, state, sendFrame, sendWindowCapacity }: Partial<MuxedStream> & { readonly state?: unknown } = stream
  const areNumbers = typeof _id === 'number' && typeof sendWindowCapacity === 'number'
  return areNumbers && state === established && typeof sendFrame === 'function'
}
