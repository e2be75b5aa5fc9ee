import type { Cancel, Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Log } from '../runtime/log.ts'
import { guarded } from './guard.ts'
import type { Asking, Parcel, Serving, WireEnd } from './memory-wire.ts'
import { sizeFault, type NetworkLimits } from './network-limits.ts'
import type { AnswerHandlers, NetworkHandlers } from './network.ts'

/** As the window of a yamux stream. */
const windowBytes = 256 * 1024

const unreachable = (why: string): Failure => new Failure('peer-unreachable', why)

/** Direct exchanges of one node over the wires of the hub. */
export class MemoryExchange {
  readonly #clock: Clock
  readonly #log: Log
  readonly #limits: NetworkLimits
  readonly #send: (end: WireEnd, parcel: Parcel) => void
  handlers: NetworkHandlers | undefined

  constructor(clock: Clock, log: Log, limits: NetworkLimits, send: (end: WireEnd, parcel: Parcel) => void) {
    this.#clock = clock
    this.#log = log
    this.#limits = limits
    this.#send = send
  }

  ask(end: WireEnd, frame: Uint8Array, answer: AnswerHandlers, idleTimeoutMs: number): Cancel {
    const fault = sizeFault('frame', frame, this.#limits.frameMaxBytes)
    if (fault !== undefined) return this.fail(answer, fault)
    const stream = end.nextStream++
    const asking: Asking = { answer, idleTimeoutMs, receivedBytes: 0, cancelIdle: () => {} }
    end.asking.set(stream, asking)
    this.#armIdle(end, stream, asking)
    this.#send(end, { kind: 'ask', stream, data: frame.slice() })
    return () => this.#abandon(end, stream)
  }

  /** Ends an exchange that never began, after the caller has returned. */
  fail(answer: AnswerHandlers, failure: Failure): Cancel {
    return this.#clock.after(0, () => guarded(this.#log, 'end', () => answer.end(failure), undefined))
  }

  received(end: WireEnd, parcel: Exclude<Parcel, { kind: 'gossip' | 'topics' | 'graft' }>): void {
    const { stream } = parcel
    switch (parcel.kind) {
      case 'ask':
        return this.#serve(end, stream, parcel.data)
      case 'answer':
        return this.#frame(end, stream, parcel.data)
      case 'end':
        return this.#finish(end, stream, undefined)
      case 'reset':
        return this.#finish(end, stream, unreachable(parcel.reason))
      case 'cancel':
        return this.#stopServing(end, stream)
      case 'credit': {
        const serving = end.serving.get(stream)
        if (serving === undefined) return
        serving.creditBytes += parcel.bytes
        this.#pump(end, stream, serving)
      }
    }
  }

  /** The wire is gone: every exchange on it breaks off. */
  closed(end: WireEnd): void {
    for (const stream of end.serving.keys()) this.#stopServing(end, stream)
    // In a task of its own: the node itself may be closing the connection just now.
    const broken = [...end.asking.keys()]
    this.#clock.after(0, () => {
      for (const stream of broken) this.#finish(end, stream, unreachable('the connection closed'))
    })
  }

  #armIdle(end: WireEnd, stream: number, asking: Asking): void {
    asking.cancelIdle()
    asking.cancelIdle = this.#clock.after(asking.idleTimeoutMs, () => {
      this.#send(end, { kind: 'cancel', stream })
      this.#finish(end, stream, unreachable(`no frame for ${asking.idleTimeoutMs} ms`))
    })
  }

  #frame(end: WireEnd, stream: number, data: Uint8Array): void {
    const asking = end.asking.get(stream)
    if (asking === undefined) return
    asking.receivedBytes += data.length
    const isTooLarge = data.length > this.#limits.frameMaxBytes || asking.receivedBytes > this.#limits.answerMaxBytes
    if (isTooLarge) {
      this.#send(end, { kind: 'cancel', stream })
      return this.#finish(end, stream, unreachable('the answer is over the limit'))
    }
    this.#armIdle(end, stream, asking)
    guarded(this.#log, 'frame', () => asking.answer.frame(data), undefined)
    this.#send(end, { kind: 'credit', stream, bytes: data.length })
  }

  #finish(end: WireEnd, stream: number, failure: Failure | undefined): void {
    const asking = end.asking.get(stream)
    if (asking === undefined) return
    end.asking.delete(stream)
    asking.cancelIdle()
    guarded(this.#log, 'end', () => asking.answer.end(failure), undefined)
  }

  #abandon(end: WireEnd, stream: number): void {
    const asking = end.asking.get(stream)
    if (asking === undefined) return
    end.asking.delete(stream)
    asking.cancelIdle()
    this.#send(end, { kind: 'cancel', stream })
  }

  #serve(end: WireEnd, stream: number, frame: Uint8Array): void {
    const { handlers } = this
    if (handlers === undefined || end.serving.size >= this.#limits.streamsPerPeerMax) {
      this.#send(end, { kind: 'reset', stream, reason: 'the peer answers too many requests already' })
      return
    }
    try {
      const frames = handlers.request(end.peer, frame)[Symbol.iterator]()
      const serving = { frames, creditBytes: windowBytes }
      end.serving.set(stream, serving)
      this.#pump(end, stream, serving)
    } catch (error) {
      this.#break(end, stream, error)
    }
  }

  /** Takes frames from the node for as long as the peer takes them from here. */
  #pump(end: WireEnd, stream: number, serving: Serving): void {
    try {
      while (serving.creditBytes > 0 && end.serving.has(stream)) {
        const next = serving.frames.next()
        if (next.done === true) {
          end.serving.delete(stream)
          return this.#send(end, { kind: 'end', stream })
        }
        serving.creditBytes -= next.value.length
        this.#send(end, { kind: 'answer', stream, data: next.value.slice() })
      }
    } catch (error) {
      this.#break(end, stream, error)
    }
  }

  #break(end: WireEnd, stream: number, error: unknown): void {
    end.serving.delete(stream)
    this.#log.debug('an answer broke off', { peer: end.peer, error: String(error) })
    this.#send(end, { kind: 'reset', stream, reason: 'the peer broke the answer off' })
  }

  #stopServing(end: WireEnd, stream: number): void {
    const serving = end.serving.get(stream)
    if (serving === undefined) return
    end.serving.delete(stream)
    guarded(this.#log, 'request', () => serving.frames.return?.(), undefined)
  }
}
