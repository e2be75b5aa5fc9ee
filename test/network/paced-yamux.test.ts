import type { Stream } from '@libp2p/interface'
import { expect, it } from 'vitest'
import { frugalYamux } from '../../src/network/frugal-yamux.ts'
import { pacedYamux } from '../../src/network/paced-yamux.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

type Bytes = Uint8Array | { readonly byteLength: number; subarray: () => Uint8Array }

/** What a connection does to what is sent: it arrives in chunks that end anywhere. */
async function* cut(source: AsyncIterable<Bytes>, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let turn = 0
  for await (const chunk of source) {
    const bytes = chunk.subarray()
    for (let at = 0; at < bytes.length; turn += 1) {
      const end = at + (sizes[turn % sizes.length] ?? 1)
      yield bytes.subarray(at, end)
      at = end
    }
  }
}

const messageOf = (number: number): string => `${number}:${'x'.repeat((number * 37) % 300)};`

it.each([[[1]], [[7, 200, 3]], [[11, 12, 13]], [[100_000]]])(
  'gives each stream what was sent on it, in its order, where chunks end after %j bytes in turn',
  async (sizes) => {
    const options = { clock: systemClock, peerOf: () => undefined, offends: () => {} }
    const settings = { enableKeepAlive: false, maxStreamWindowSize: 256 * 1024 }
    const make = pacedYamux(frugalYamux(settings), options)({ logger: { forComponent: () => silentLogger } })
    const heard: Promise<string>[] = []
    const listen = async (stream: Stream): Promise<string> => {
      let text = ''
      for await (const chunk of stream.source) text += Buffer.from(chunk.subarray()).toString('latin1')
      return text
    }
    const near = make.createStreamMuxer({ direction: 'outbound' })
    const far = make.createStreamMuxer({
      direction: 'inbound',
      onIncomingStream: (stream) => heard.push(listen(stream)),
    })
    const ends = [far.sink(cut(near.source, sizes)), near.sink(cut(far.source, sizes))]
    const messages = Array.from({ length: 40 }, (_, at) => messageOf(at))
    const streams = await Promise.all([near.newStream(), near.newStream(), near.newStream()])
    await Promise.all(
      streams.map((stream, number) =>
        stream.sink(
          (async function* () {
            for (const message of messages) {
              yield Buffer.from(`${number}/${message}`)
              await Promise.resolve()
            }
          })(),
        ),
      ),
    )
    const texts = await Promise.all(heard)
    expect(texts).toEqual([0, 1, 2].map((number) => messages.map((message) => `${number}/${message}`).join('')))
    await Promise.all([near.close(), far.close()])
    await Promise.allSettled(ends)
  },
)
