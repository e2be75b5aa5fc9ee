import type { Stream } from '@libp2p/interface'
import { decode, encode } from 'it-length-prefixed'
import type { Uint8ArrayList } from 'uint8arraylist'
import { describe, expect, it } from 'vitest'
import { frugalYamux } from '../../src/network/frugal-yamux.ts'
import { pushPromptly } from '../../src/network/prompt-stream.ts'
import { silentLogger } from '../support/silent-logger.ts'

const block = encode.single(Buffer.from('a block of gossip'))

/** A stream of gossipsub's with the muxer's behind it, and what was done with a block. */
function subject(of: { queued?: number; muxed?: object } = {}): {
  readonly done: string[]
  readonly left: () => unknown
} {
  const done: string[] = []
  const rawStream = {
    _id: 4,
    state: 3,
    writeStatus: 'writing',
    sendingData: undefined,
    sendWindowCapacity: 100,
    sendFrame: (header: object, data: Uint8ArrayList) =>
      done.push(`${JSON.stringify(header)} ${Buffer.compare(data.subarray(), block.subarray())}`),
    ...of.muxed,
  }
  const stream = { pushable: { readableLength: of.queued ?? 0 }, rawStream, pushPrefixed: () => done.push('queued') }
  pushPromptly(stream, block)
  return { done, left: () => rawStream.sendWindowCapacity }
}

describe('a block', () => {
  it('goes to the connection at once, and counts against the window', () => {
    const { done, left } = subject()
    expect(done).toEqual([`{"type":0,"flag":0,"streamID":4,"length":${block.byteLength}} 0`])
    expect(left()).toBe(100 - block.byteLength)
  })

  it.each([
    ['something waits before it', { queued: 1 }],
    ['something is half sent', { muxed: { sendingData: {} } }],
    ['it does not fit into the window', { muxed: { sendWindowCapacity: block.byteLength - 1 } }],
    ['the stream is not open yet', { muxed: { state: 1 } }],
    ['the stream is closed', { muxed: { writeStatus: 'closed' } }],
    ['the muxer is another', { muxed: { sendFrame: undefined } }],
  ])('waits in the queue where %s', (_why, of) => {
    expect(subject(of).done).toEqual(['queued'])
  })

  it('arrives whole over the muxer, as do those that it overtakes', async () => {
    const make = frugalYamux({ enableKeepAlive: false })({ logger: { forComponent: () => silentLogger } })
    const blocks: string[] = []
    const listen = async (stream: Stream): Promise<void> => {
      for await (const one of decode(stream.source)) blocks.push(Buffer.from(one.subarray()).toString())
    }
    const far = make.createStreamMuxer({
      direction: 'inbound',
      onIncomingStream: (stream) => void listen(stream),
    })
    const near = make.createStreamMuxer({ direction: 'outbound' })
    const ends = [far.sink(near.source), near.sink(far.source)]
    const rawStream = await near.newStream()
    const queue: Uint8ArrayList[] = []
    let wake = (): void => {}
    const queued = async function* (): AsyncGenerator<Uint8ArrayList> {
      for (;;) {
        const next = queue.shift()
        if (next !== undefined) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    }
    void rawStream.sink(queued()).catch(() => {})
    const ways = { queued: 0, prompt: 0 }
    const stream = {
      pushable: {
        get readableLength() {
          return queue.length
        },
      },
      rawStream,
      pushPrefixed: (one: Uint8ArrayList) => {
        ways.queued += 1
        queue.push(one)
        wake()
      },
    }
    const texts = Array.from({ length: 60 }, (_, at) => `${at} ${'x'.repeat((at * 997) % 9000)}`)
    for (const [at, text] of texts.entries()) {
      const before = ways.queued
      pushPromptly(stream, encode.single(Buffer.from(text)))
      if (ways.queued === before) ways.prompt += 1
      // The other side opens the stream with its first answer.
      if (at === 0) await expect.poll(() => Reflect.get(rawStream, 'state')).toBe(3)
      for (let turn = 0; turn < at % 5; turn += 1) await Promise.resolve()
    }
    await expect.poll(() => blocks.length).toBe(texts.length)
    expect([...blocks].sort()).toEqual([...texts].sort())
    expect(ways.prompt).toBeGreaterThan(0)
    expect(ways.queued).toBeGreaterThan(0)
    await Promise.all([near.close(), far.close()])
    await Promise.allSettled(ends)
  })
})
