import type { Connection, Stream } from '@libp2p/interface'
import { decode, encode } from 'it-length-prefixed'
import { pipe } from 'it-pipe'
import { rates, turns } from '../protocol/limits.ts'
import { pause, type Cancel, type Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import { guarded } from './guard.ts'
import { sizeFault, type NetworkLimits } from './network-limits.ts'
import type { AnswerHandlers, LinkOffence, NetworkHandlers } from './network.ts'

/**
 * Direct exchanges over libp2p streams, one stream a request.
 *
 * On the wire: the asker writes one length-prefixed block, the request frame, and closes its side. The answer is blocks whose first byte is
 * `frameMark`, each followed by one frame, and at last a block of the byte `endMark` alone. The mark is needed: a stream
 * whose connection breaks ends in libp2p exactly as one that was closed on purpose.
 */
const frameMark = 0
const endMark = 1

/** An asker that has not put its question by then is given up: it holds a place that others of its questions need. */
const askedMaxMs = 5000

/** An asker that takes nothing for so long is given up. */
const serveIdleMs = 30_000

/** @internal Streams of one connection that libp2p lets through; the bound by peer is in `NetworkLimits`. */
export const exchangeStreamsMax = 256

interface ExchangeParts {
  readonly clock: Clock
  readonly log: Log
  readonly limits: NetworkLimits
  readonly protocol: string
  /** What the node hears; undefined before the start and after the stop. */
  readonly handlers: () => NetworkHandlers | undefined
}

export class Exchange {
  readonly #parts: ExchangeParts
  readonly #served = new Map<PeerId, number>()
  readonly #open = new Set<(failure: Failure) => void>()
  readonly #streams = new Set<Stream>()

  constructor(parts: ExchangeParts) {
    this.#parts = parts
  }

  /** Asks over a connection; without one, or with too large a frame, the exchange ends with a failure after the caller returned. */
  request(
    connection: Pick<Connection, 'newStream'> | undefined,
    frame: Uint8Array,
    answer: AnswerHandlers,
    idleTimeoutMs: number,
  ): Cancel {
    const { log, limits, clock } = this.#parts
    const abort = new AbortController()
    let isOver = false
    let cancelIdle: Cancel = () => {}
    const close = (): boolean => {
      if (isOver) return false
      isOver = true
      cancelIdle()
      this.#open.delete(fail)
      return true
    }
    const end = (failure: Failure | undefined): void => {
      if (close()) guarded(log, 'end', () => answer.end(failure), undefined)
    }
    const fail = (failure: Failure): void => {
      end(failure)
      abort.abort()
    }
    this.#open.add(fail)
    const fault = sizeFault('frame', frame, limits.frameMaxBytes)
    if (fault !== undefined) queueMicrotask(() => fail(fault))
    else if (connection === undefined) {
      queueMicrotask(() => fail(unreachable('the peer is not connected')))
    } else {
      const arm = (): void => {
        cancelIdle()
        if (!isOver) {
          cancelIdle = clock.after(idleTimeoutMs, () => fail(unreachable(`no frame for ${idleTimeoutMs} ms`)))
        }
      }
      arm()
      const take = (taken: Uint8Array): void => {
        arm()
        if (!isOver) guarded(log, 'frame', () => answer.frame(taken), undefined)
      }
      this.#ask(connection, frame, take, abort.signal).then(
        () => end(undefined),
        (error: unknown) => fail(unreachable('the exchange broke', error)),
      )
    }
    return () => {
      if (close()) abort.abort()
    }
  }

  /** Answers on a stream that a peer opened. Never rejects. */
  async serve(peer: PeerId, stream: Stream): Promise<void> {
    const { handlers, limits, log } = this.#parts
    const served = this.#served.get(peer) ?? 0
    if (handlers() === undefined || served >= limits.streamsPerPeerMax) {
      stream.abort(new Error('too many streams'))
      return this.#offends(peer, 'flood')
    }
    this.#served.set(peer, served + 1)
    this.#streams.add(stream)
    try {
      await this.#answer(peer, stream)
    } catch (error) {
      log.debug('an answer broke off', { peer, error: String(error) })
      stream.abort(asError(error))
    } finally {
      this.#streams.delete(stream)
      const left = (this.#served.get(peer) ?? 1) - 1
      if (left > 0) this.#served.set(peer, left)
      else this.#served.delete(peer)
    }
  }

  /** Ends all exchanges. */
  stop(): void {
    for (const fail of this.#open) queueMicrotask(() => fail(unreachable('the network stopped')))
    for (const stream of this.#streams) stream.abort(new Error('the network stopped'))
  }

  #offends(peer: PeerId, offence: LinkOffence): void {
    guarded(this.#parts.log, 'offends', () => this.#parts.handlers()?.offends(peer, offence), undefined)
  }

  async #ask(
    connection: Pick<Connection, 'newStream'>,
    frame: Uint8Array,
    take: (frame: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, limits, protocol } = this.#parts
    const stream = await connection.newStream(protocol, { signal, maxOutboundStreams: exchangeStreamsMax })
    const abort = (): void => stream.abort(new Error('given up'))
    if (signal.aborted) {
      abort()
      throw new Error('given up')
    }
    signal.addEventListener('abort', abort, { once: true })
    try {
      const sent = pipe([frame], encode, stream.sink)
      // Its failure shows in the reading, too; here it must only not go unhandled.
      sent.catch(() => {})
      let [receivedBytes, turn] = [0, 0]
      let isComplete = false
      for await (const block of decode(stream.source, { maxDataLength: limits.frameMaxBytes + 1 })) {
        const bytes = block.subarray()
        isComplete = bytes.length === 1 && bytes[0] === endMark
        if (isComplete) break
        if (bytes[0] !== frameMark) throw new Error('a block without a mark')
        receivedBytes += bytes.length - 1
        if (receivedBytes > limits.answerMaxBytes) throw new Error('the answer is over the limit')
        take(bytes.subarray(1))
        // A chunk may bring half a million blocks of nothing, and all that is there is read in one go.
        turn += 1 + Math.floor(bytes.length / rates.bytesPerFrame)
        if (turn >= turns.frames) {
          turn = 0
          await pause(clock, 0)
        }
        if (signal.aborted) throw new Error('given up')
      }
      if (!isComplete) throw new Error('the answer has no end')
      await sent
    } catch (error) {
      stream.abort(asError(error))
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async #answer(peer: PeerId, stream: Stream): Promise<void> {
    const { clock, limits, handlers } = this.#parts
    let cancelIdle: Cancel = () => {}
    const arm = (): void => {
      cancelIdle()
      cancelIdle = clock.after(serveIdleMs, () => stream.abort(new Error('the asker takes nothing')))
    }
    cancelIdle = clock.after(askedMaxMs, () => {
      stream.abort(new Error('nothing was asked'))
      this.#offends(peer, 'unfinished-question')
    })
    try {
      const blocks = decode(stream.source, { maxDataLength: limits.frameMaxBytes })
      const asked = await blocks.next()
      const current = handlers()
      if (asked.done === true || current === undefined) throw new Error('nothing was asked')
      arm()
      const answer = current.request(peer, asked.value.subarray())
      await pipe(markedBlocks(answer, limits.frameMaxBytes, arm), encode, stream.sink)
    } finally {
      cancelIdle()
    }
  }
}

function* markedBlocks(frames: Iterable<Uint8Array>, frameMaxBytes: number, taken: () => void): Generator<Uint8Array> {
  for (const frame of frames) {
    taken()
    if (frame.length > frameMaxBytes) throw new Error(`the node gave a frame of ${frame.length} bytes`)
    const block = new Uint8Array(frame.length + 1)
    block[0] = frameMark
    block.set(frame, 1)
    yield block
  }
  yield Uint8Array.of(endMark)
}

const unreachable = (why: string, cause?: unknown): Failure => {
  const detail = cause instanceof Error ? `${why}: ${cause.message}` : why
  return new Failure('peer-unreachable', detail, { cause })
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)))
