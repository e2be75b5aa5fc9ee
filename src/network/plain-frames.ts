import { Uint8ArrayList } from 'uint8arraylist'

/** A frame's header (hashicorp/yamux, spec.md): version, type, flags, stream, length, in network byte order. */
export const headerBytes = 12

export interface FrameHeader {
  readonly version: number
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly length: number
}

/** `FrameType.Data` of the muxer. */
export const dataType = 0

type Chunk = Uint8Array | Uint8ArrayList

/** What of a stream is needed to give it data. */
interface PlainStream {
  recvWindowCapacity: number
  sourcePush(data: Uint8ArrayList): void
}

/**
 * What a connection brings, without the frames that are whole in their chunk and bring an open stream nothing but data: those are nearly all, and are given to
 * their stream at once. The muxer itself makes five promises for each.
 *
 * `take` is asked before each of them, and what it returns is waited for. A frame that is not plain is passed on as it is, and the one behind it
 * is looked at when the muxer has taken it.
 */
export async function* withoutPlainFrames(
  chunks: AsyncIterable<Chunk> | Iterable<Chunk>,
  streams: ReadonlyMap<number, object>,
  take: (header: FrameHeader) => Promise<void> | undefined,
): AsyncGenerator<Chunk, void, unknown> {
  // Bytes of a frame that was passed on and is not whole yet, and the beginning of a header that is not.
  let owed = 0
  let kept: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = kept.length === 0 ? chunk.subarray() : Buffer.concat([kept, chunk.subarray()])
    let at = Math.min(owed, bytes.length)
    owed -= at
    let passed = 0
    while (at + headerBytes <= bytes.length) {
      const header = headerAt(bytes, at)
      const end = at + headerBytes + (header.type === dataType ? header.length : 0)
      if (end <= bytes.length && plainStream(streams, header) !== undefined) {
        if (passed < at) yield bytes.subarray(passed, at)
        passed = at
        // What the muxer has just taken may have closed the stream or filled its window.
        const stream = plainStream(streams, header)
        if (stream !== undefined) {
          const waiting = take(header)
          if (waiting !== undefined) await waiting
          stream.recvWindowCapacity -= header.length
          stream.sourcePush(new Uint8ArrayList(bytes.subarray(at + headerBytes, end)))
          passed = end
        }
      }
      owed = Math.max(0, end - bytes.length)
      at = Math.min(end, bytes.length)
    }
    if (passed < at) yield bytes.subarray(passed, at)
    kept = bytes.subarray(at)
  }
  if (kept.length > 0) yield kept
}

function headerAt(bytes: Uint8Array, at: number): FrameHeader {
  const byte = (offset: number): number => bytes[at + offset] ?? 0
  const number = (offset: number): number =>
    byte(offset) * 0x1000000 + (byte(offset + 1) << 16) + (byte(offset + 2) << 8) + byte(offset + 3)
  return { version: byte(0), type: byte(1), flag: (byte(2) << 8) + byte(3), streamID: number(4), length: number(8) }
}

function plainStream(streams: ReadonlyMap<number, object>, header: FrameHeader): PlainStream | undefined {
  const { version, type, flag, streamID, length } = header
  if (version !== 0 || type !== dataType || flag !== 0) return undefined
  const stream = streams.get(streamID)
  return stream !== undefined && isPlain(stream) && length <= stream.recvWindowCapacity ? stream : undefined
}

function isPlain(stream: object): stream is PlainStream {
  const { recvWindowCapacity, sourcePush }: Partial<PlainStream> = stream
  return typeof recvWindowCapacity === 'number' && typeof sourcePush === 'function'
}
