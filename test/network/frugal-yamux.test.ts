import type { Stream } from '@libp2p/interface'
import { describe, expect, it } from 'vitest'
import { frugalYamux } from '../../src/network/frugal-yamux.ts'
import { silentLogger } from '../support/silent-logger.ts'

type Bytes = Uint8Array | { readonly byteLength: number; subarray: () => Uint8Array }

/** Frames of one direction by their type, from the second byte of each header: 0 data, 1 window update. */
class Wire {
  readonly types: number[] = []

  async *tap(source: AsyncIterable<Bytes>): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      const bytes = chunk.subarray()
      this.types.push(bytes[1] ?? -1)
      yield bytes
    }
  }

  get updates(): number {
    return this.types.filter((type) => type === 1).length
  }
}

/** Two muxers joined back to back; `accepted` resolves with the stream that the second one sees opened. */
function joined(): { open: () => Stream; accepted: Promise<Stream>; back: Wire; close: () => Promise<void> } {
  const make = frugalYamux({ enableKeepAlive: false, maxStreamWindowSize: 256 * 1024 })({
    logger: { forComponent: () => silentLogger },
  })
  let accept: (stream: Stream) => void = () => undefined
  const accepted = new Promise<Stream>((resolve) => (accept = resolve))
  const near = make.createStreamMuxer({ direction: 'outbound' })
  const far = make.createStreamMuxer({ direction: 'inbound', onIncomingStream: (stream) => accept(stream) })
  const [there, back] = [new Wire(), new Wire()]
  const ends = [far.sink(there.tap(near.source)), near.sink(back.tap(far.source))]
  const close = async (): Promise<void> => {
    await Promise.all([near.close(), far.close()])
    await Promise.allSettled(ends)
  }
  return { open: () => near.newStream() as Stream, accepted, back, close }
}

/** Sends chunks one by one, each after the one before was read, and tells how many bytes were read. */
async function converse(chunks: number, bytes: number): Promise<{ read: number; updates: number }> {
  const pair = joined()
  const stream = pair.open()
  const other = await pair.accepted
  let wake: () => void = () => undefined
  const source = async function* (): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < chunks; index++) {
      const taken = new Promise<void>((resolve) => (wake = resolve))
      yield new Uint8Array(bytes)
      await taken
    }
  }
  const sending = stream.sink(source())
  let read = 0
  for await (const chunk of other.source) {
    read += chunk.byteLength
    if (read % bytes === 0) wake()
    if (read >= chunks * bytes) break
  }
  await sending
  const { updates } = pair.back
  await pair.close()
  return { read, updates }
}

describe('a frugal muxer', () => {
  it('answers small messages with no window update but the one that opens the stream', async () => {
    expect(await converse(200, 250)).toEqual({ read: 50_000, updates: 1 })
  })

  it('refills the window of 256 KiB whenever half of it is read', async () => {
    const { read, updates } = await converse(64, 64 * 1024)
    expect(read).toBe(4 * 1024 * 1024)
    expect(updates).toBeGreaterThanOrEqual(31)
    expect(updates).toBeLessThanOrEqual(33)
  })
})
