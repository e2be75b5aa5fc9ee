import type { Connection, Stream } from '@libp2p/interface'
import { decode, encode } from 'it-length-prefixed'
import { describe, expect, it } from 'vitest'
import { Exchange } from '../../src/network/exchange.ts'
import type { NetworkHandlers } from '../../src/network/network.ts'
import { turns } from '../../src/protocol/limits.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { AnswerRecorder, bytes, NetworkRecorder, text } from '../../src/testing/network-recorder.ts'

const peer = peerIdOf(new Uint8Array(32).fill(1))
const limits = { messageMaxBytes: 1000, frameMaxBytes: 1000, answerMaxBytes: 5000, streamsPerPeerMax: 2 }

/** A queue that is read as a stream is. */
class Pipe implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = []
  #state: 'open' | 'ended' | Error = 'open'
  #wake: () => void = () => {}

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#wake()
  }

  end(error?: Error): void {
    if (this.#state === 'open') this.#state = error ?? 'ended'
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) yield chunk
      else if (this.#state === 'ended') return
      else if (this.#state !== 'open') throw this.#state
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
      }
    }
  }
}

/** One end of a stream: what it says goes into `sent`, what the test pushes into `incoming` it hears. */
class FakeStream {
  readonly incoming = new Pipe()
  readonly sent: Uint8Array[] = []
  isAborted = false
  isFinished = false
  readonly source: AsyncGenerator<Uint8Array> = this.incoming[Symbol.asyncIterator]()

  readonly sink = async (source: AsyncIterable<{ subarray(): Uint8Array }>): Promise<void> => {
    for await (const chunk of source) {
      if (this.isAborted) throw new Error('aborted')
      this.sent.push(chunk.subarray())
    }
    this.isFinished = true
  }

  abort(error: Error): void {
    this.isAborted = true
    this.incoming.end(error)
  }

  /** The blocks written so far. */
  blocks(): Uint8Array[] {
    return [...decode(this.sent)].map((block) => block.subarray())
  }

  hear(...blocks: readonly Uint8Array[]): void {
    for (const chunk of encode(blocks)) this.incoming.push(chunk.subarray())
  }

  asStream(): Stream {
    return this as unknown as Stream
  }
}

interface Bench {
  readonly clock: VirtualClock
  readonly exchange: Exchange
  readonly told: NetworkRecorder
  ask(answer: AnswerRecorder, idleTimeoutMs?: number): { readonly stream: FakeStream; readonly cancel: () => void }
}

function bench(newStream?: (signal: AbortSignal) => Promise<Stream>): Bench {
  const clock = new VirtualClock()
  const told = new NetworkRecorder()
  const handlers = (): NetworkHandlers => told
  const exchange = new Exchange({ clock, log: silentLog, limits, protocol: '/test/1', handlers })
  const ask: Bench['ask'] = (answer, idleTimeoutMs = 5000) => {
    const stream = new FakeStream()
    const connection = {
      newStream: (_protocol: unknown, options: { readonly signal: AbortSignal }) =>
        newStream?.(options.signal) ?? Promise.resolve(stream.asStream()),
    } as unknown as Pick<Connection, 'newStream'>
    return { stream, cancel: exchange.request(connection, bytes('ask'), answer, idleTimeoutMs) }
  }
  return { clock, exchange, told, ask }
}

const frame = (content: string): Uint8Array => Uint8Array.from([0, ...bytes(content)])
const end = Uint8Array.of(1)

describe('asking', () => {
  it('writes one block and reads frames until the end mark', async () => {
    const { clock, ask } = bench()
    const answer = new AnswerRecorder()
    const { stream } = ask(answer)
    stream.hear(frame('one'), frame(''), frame('two'), end)
    await clock.advanceAsync(0)
    expect(stream.blocks().map(text)).toEqual(['ask'])
    expect(answer.frames.map(text)).toEqual(['one', '', 'two'])
    expect([answer.ends, answer.failure]).toEqual([1, undefined])
    expect(clock.pending).toBe(0)
  })

  it('takes a stream that ends without the mark for a broken one', async () => {
    const { clock, ask } = bench()
    const answer = new AnswerRecorder()
    const { stream } = ask(answer)
    stream.hear(frame('one'))
    stream.incoming.end()
    await clock.advanceAsync(0)
    expect(answer.frames.length).toBe(1)
    expect(answer.failure?.code).toBe('peer-unreachable')
  })

  it('gives up when no frame comes for the idle time, counted from the last one', async () => {
    const { clock, ask } = bench()
    const answer = new AnswerRecorder()
    const { stream } = ask(answer, 1000)
    await clock.advanceAsync(900)
    stream.hear(frame('one'))
    await clock.advanceAsync(999)
    expect(answer.ends).toBe(0)
    await clock.advanceAsync(1)
    expect(answer.failure?.code).toBe('peer-unreachable')
    expect(stream.isAborted).toBe(true)
    stream.hear(frame('late'), end)
    await clock.advanceAsync(5000)
    expect([answer.frames.length, answer.ends]).toEqual([1, 1])
  })

  it('gives up on a stream that does not open', async () => {
    const { clock, ask } = bench(
      (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        }),
    )
    const answer = new AnswerRecorder()
    ask(answer, 1000)
    await clock.advanceAsync(1000)
    expect([answer.ends, answer.failure?.code]).toEqual([1, 'peer-unreachable'])
  })

  it('tells nothing more once cancelled, also from within a frame', async () => {
    const { clock, ask } = bench()
    const [early, within] = [new AnswerRecorder(), new AnswerRecorder()]
    ask(early).cancel()
    const { stream, cancel } = ask(within)
    within.onFrame = cancel
    stream.hear(frame('one'), frame('two'), end)
    await clock.advanceAsync(10_000)
    expect([early.frames.length, early.ends]).toEqual([0, 0])
    expect([within.frames.length, within.ends]).toEqual([1, 0])
    expect(stream.isAborted).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('refuses blocks that are too large, without a mark, or too many', async () => {
    for (const blocks of [
      [new Uint8Array(1002)],
      [Uint8Array.of(7, 7)],
      [new Uint8Array(0)],
      Array.from({ length: 6 }, () => new Uint8Array(1000)),
    ]) {
      const { clock, ask } = bench()
      const answer = new AnswerRecorder()
      const { stream } = ask(answer)
      stream.hear(...blocks, end)
      await clock.advanceAsync(0)
      expect(answer.failure?.code).toBe('peer-unreachable')
      expect(stream.isAborted).toBe(true)
    }
  })

  it('survives an answer handler that throws', async () => {
    const { clock, ask } = bench()
    const answer = new AnswerRecorder()
    answer.onFrame = () => {
      throw new Error('planned')
    }
    ask(answer).stream.hear(frame('one'), frame('two'), end)
    await clock.advanceAsync(0)
    expect([answer.frames.length, answer.ends]).toEqual([2, 1])
  })

  it('ends all exchanges by name when the network stops, after the call', async () => {
    const { clock, exchange, ask } = bench()
    const answer = new AnswerRecorder()
    const { stream } = ask(answer)
    await clock.advanceAsync(0)
    exchange.stop()
    expect(answer.ends).toBe(0)
    await clock.advanceAsync(0)
    expect([answer.ends, answer.failure?.code, stream.isAborted]).toEqual([1, 'peer-unreachable', true])
  })
})

describe('answering', () => {
  it('marks each frame and the end', async () => {
    const { exchange, told } = bench()
    told.answer = (asked) => [bytes(asked), new Uint8Array(0)]
    const stream = new FakeStream()
    stream.hear(bytes('what?'))
    await exchange.serve(peer, stream.asStream())
    expect(stream.blocks()).toEqual([frame('what?'), frame(''), end])
    expect(stream.isFinished).toBe(true)
  })

  it('breaks the stream when the node throws, gives too much, or nothing was asked', async () => {
    for (const answer of [
      (): Uint8Array[] => {
        throw new Error('planned')
      },
      (): Uint8Array[] => [new Uint8Array(1001)],
    ]) {
      const { exchange, told } = bench()
      told.answer = answer
      const stream = new FakeStream()
      stream.hear(bytes('what?'))
      await exchange.serve(peer, stream.asStream())
      expect(stream.isAborted).toBe(true)
      expect(stream.blocks().some((block) => block[0] === 1)).toBe(false)
    }
    const { exchange } = bench()
    const stream = new FakeStream()
    stream.incoming.end()
    await exchange.serve(peer, stream.asStream())
    expect(stream.isAborted).toBe(true)
  })

  it('gives an asker up that says nothing, and lets others in only as far as allowed', async () => {
    const { clock, exchange, told } = bench()
    const silent = [new FakeStream(), new FakeStream(), new FakeStream()]
    const served = silent.map((stream) => exchange.serve(peer, stream.asStream()))
    expect(silent.map(({ isAborted }) => isAborted)).toEqual([false, false, true])
    expect(told.offenders).toEqual([peer])
    await clock.advanceAsync(5000)
    expect(silent.every(({ isAborted }) => isAborted)).toBe(true)
    expect(told.offenders).toEqual([peer, peer, peer])
    await Promise.all(served)
    const next = new FakeStream()
    next.hear(bytes('?'))
    await exchange.serve(peer, next.asStream())
    expect(next.isFinished).toBe(true)
    expect(clock.pending).toBe(0)
  })

  it('gives the loop away while it reads an answer of many small blocks', async () => {
    const { clock, ask } = bench()
    const answer = new AnswerRecorder()
    const { stream } = ask(answer)
    const count = 10 * turns.frames
    stream.incoming.push(
      Buffer.concat([...Array.from({ length: count }, () => Uint8Array.of(1, 0)), Uint8Array.of(1, 1)]),
    )
    await new Promise(setImmediate)
    expect(answer.frames.length).toBe(turns.frames)
    for (let turn = 0; turn < 10; turn += 1) await clock.advanceAsync(0)
    expect([answer.frames.length, answer.ends, answer.failure]).toEqual([count, 1, undefined])
  })
})
