import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dataType, headerBytes, withoutPlainFrames, type FrameHeader } from '../../src/network/plain-frames.ts'
import '../support/seed.ts'

interface Frame {
  readonly type: number
  readonly flag: number
  readonly streamID: number
  readonly data: readonly number[]
}

/** A frame's bytes; one of another type carries its number in place of a length, and no data. */
function bytesOf({ type, flag, streamID, data }: Frame): Buffer {
  const header = Buffer.alloc(headerBytes)
  header[1] = type
  header.writeUInt16BE(flag, 2)
  header.writeUInt32BE(streamID, 4)
  header.writeUInt32BE(data.length, 8)
  return Buffer.concat([header, type === dataType ? Buffer.from(data) : Buffer.alloc(0)])
}

/** An open stream that notes what it is given. */
class OpenStream {
  recvWindowCapacity: number
  readonly given: Uint8Array[] = []

  constructor(window: number) {
    this.recvWindowCapacity = window
  }

  sourcePush(data: { subarray(): Uint8Array }): void {
    this.given.push(data.subarray())
  }

  get text(): string {
    return Buffer.concat(this.given).toString('latin1')
  }
}

async function passedOf(
  chunks: readonly Uint8Array[],
  streams: ReadonlyMap<number, object>,
  take: (header: FrameHeader) => Promise<void> | undefined = () => undefined,
): Promise<Buffer> {
  const passed: Uint8Array[] = []
  for await (const chunk of withoutPlainFrames(chunks, streams, take)) passed.push(chunk.subarray())
  return Buffer.concat(passed)
}

const plain = (streamID: number, text: string): Frame => ({
  type: dataType,
  flag: 0,
  streamID,
  data: [...Buffer.from(text)],
})

describe('withoutPlainFrames', () => {
  it('gives data to its open stream, less its window, and passes everything else on as it is', async () => {
    const stream = new OpenStream(10)
    const update = { type: 1, flag: 0, streamID: 2, data: [1, 2, 3] }
    const others = [update, plain(4, 'unknown'), { ...plain(2, 'last'), flag: 4 }].map(bytesOf)
    const [first, second] = [plain(2, 'hello'), plain(2, 'again')]
    const chunk = Buffer.concat([bytesOf(first), ...others, bytesOf(second)])
    expect(await passedOf([chunk], new Map([[2, stream]]))).toEqual(Buffer.concat(others))
    expect(stream.text).toBe('helloagain')
    expect(stream.recvWindowCapacity).toBe(0)
  })

  it('leaves to the muxer what exceeds a window, is no stream as it is known, or no version of the protocol', async () => {
    const stream = new OpenStream(4)
    const tooMuch = bytesOf(plain(2, 'hello'))
    const strange = bytesOf(plain(6, 'hello'))
    const foreign = bytesOf(plain(2, 'four'))
    foreign[0] = 1
    const chunks = [tooMuch, strange, foreign]
    const streams = new Map<number, object>([
      [2, stream],
      [6, {}],
    ])
    expect(await passedOf(chunks, streams)).toEqual(Buffer.concat(chunks))
    expect(stream.given).toEqual([])
  })

  it('looks at a stream again when the muxer has taken what came before', async () => {
    const stream = new OpenStream(8)
    const [last, next] = [{ ...plain(2, 'last'), flag: 1 }, plain(2, 'hello')].map(bytesOf)
    const chunk = Buffer.concat([last ?? Buffer.alloc(0), next ?? Buffer.alloc(0)])
    const passed: Uint8Array[] = []
    for await (const piece of withoutPlainFrames([chunk], new Map([[2, stream]]), () => undefined)) {
      passed.push(piece.subarray())
      // As the muxer does: four bytes of the window are used.
      stream.recvWindowCapacity -= 4
    }
    expect(Buffer.concat(passed)).toEqual(chunk)
    expect(stream.given).toEqual([])
  })

  it('asks before each frame that it gives, waits for the answer, and gives nothing where that is an error', async () => {
    const stream = new OpenStream(100)
    const seen: string[] = []
    const take = async ({ length }: FrameHeader): Promise<void> => {
      await Promise.resolve()
      seen.push(`${length} after ${stream.given.length}`)
      if (length === 3) throw new Error('planned')
    }
    const chunk = Buffer.concat(['a', 'bb', 'ccc', 'dddd'].map((text) => bytesOf(plain(2, text))))
    await expect(passedOf([chunk], new Map([[2, stream]]), take)).rejects.toThrow('planned')
    expect(seen).toEqual(['1 after 0', '2 after 1', '3 after 2'])
    expect(stream.text).toBe('abb')
  })

  it('keeps the order of what it passes on and of what a stream is given, wherever chunks are cut', async () => {
    const frame = fc.record({
      type: fc.constantFrom(dataType, dataType, 1, 2),
      flag: fc.constantFrom(0, 0, 0, 1, 4),
      streamID: fc.constantFrom(0, 2, 4, 6),
      data: fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 }),
    })
    const property = fc.asyncProperty(
      fc.array(frame, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      async (frames, cuts) => {
        const all = Buffer.concat(frames.map(bytesOf))
        const chunks: Uint8Array[] = []
        for (let at = 0, cut = 0; at < all.length; cut += 1) {
          const end = at + (cuts[cut % cuts.length] ?? 1)
          chunks.push(all.subarray(at, end))
          at = end
        }
        const streams = new Map([2, 4].map((id) => [id, new OpenStream(1e6)]))
        const passed = await passedOf(chunks, streams)
        // What the muxer reads of the rest goes to the streams, too: the two together are what was sent, in its order for each stream.
        const left = framesIn(passed)
        for (const [id, stream] of streams) {
          const sent = frames.filter(({ type, streamID }) => type === dataType && streamID === id)
          const texts = stream.given.map((bytes) => Buffer.from(bytes).toString('hex'))
          const byMuxer = left
            .filter(({ type, streamID }) => type === dataType && streamID === id)
            .map(({ data }) => hex(data))
          expect(
            isInterleaved(
              sent.map(({ data }) => hex(data)),
              texts,
              byMuxer,
            ),
          ).toBe(true)
          expect(byMuxer.length).toBeLessThanOrEqual(sent.length)
        }
        const rest = frames.filter(
          ({ type, flag, streamID }) => type !== dataType || flag !== 0 || !streams.has(streamID),
        )
        const passedOn = left.filter(
          ({ type, flag, streamID }) => type !== dataType || flag !== 0 || !streams.has(streamID),
        )
        expect(passedOn.map((one) => bytesOf(one).toString('hex'))).toEqual(
          rest.map((one) => bytesOf(one).toString('hex')),
        )
      },
    )
    await fc.assert(property)
  })
})

const hex = (data: readonly number[]): string => Buffer.from(data).toString('hex')

/** The frames of what was passed on: nothing may be left over. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length;) {
    const [type, length] = [bytes[at + 1] ?? 0, bytes.readUInt32BE(at + 8)]
    const end = at + headerBytes + (type === dataType ? length : 0)
    expect(end).toBeLessThanOrEqual(bytes.length)
    const data = type === dataType ? [...bytes.subarray(at + headerBytes, end)] : Array.from({ length }, () => 0)
    frames.push({ type, flag: bytes.readUInt16BE(at + 2), streamID: bytes.readUInt32BE(at + 4), data })
    at = end
  }
  return frames
}

/** Whether two lists, each in its order, make up a third one. */
function isInterleaved(whole: readonly string[], one: readonly string[], other: readonly string[]): boolean {
  if (whole.length !== one.length + other.length) return false
  const [first, ...rest] = whole
  if (first === undefined) return true
  return (
    (one[0] === first && isInterleaved(rest, one.slice(1), other)) ||
    (other[0] === first && isInterleaved(rest, one, other.slice(1)))
  )
}
