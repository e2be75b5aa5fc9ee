import type { Failure } from '../runtime/failure.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { AnswerHandlers, NetworkHandlers, Verdict } from '../network/network.ts'

/** Handlers that write down what a network tells, and answer as told. */
export class NetworkRecorder implements NetworkHandlers {
  readonly connected: PeerId[] = []
  readonly disconnected: PeerId[] = []
  readonly messages: {
    readonly topic: string
    readonly text: string
    readonly bytes: number
    readonly from: PeerId
  }[] = []
  readonly asked: { readonly peer: PeerId; readonly text: string }[] = []
  readonly addresses: (readonly string[])[] = []
  readonly twins: PeerId[] = []
  readonly offenders: PeerId[] = []
  verdict: (text: string) => Verdict = () => 'accept'
  answer: (text: string) => Iterable<Uint8Array> = (text) => [bytes(text)]
  admits: (peer: PeerId) => boolean = () => true

  peerConnected(peer: PeerId): void {
    this.connected.push(peer)
  }

  peerDisconnected(peer: PeerId): void {
    this.disconnected.push(peer)
  }

  gossip(topic: string, data: Uint8Array, from: PeerId): Verdict {
    const told = text(data.subarray(0, 200))
    this.messages.push({ topic, text: told, bytes: data.length, from })
    return this.verdict(told)
  }

  request(peer: PeerId, frame: Uint8Array): Iterable<Uint8Array> {
    this.asked.push({ peer, text: text(frame) })
    return this.answer(text(frame))
  }

  offends(peer: PeerId): void {
    this.offenders.push(peer)
  }

  twin(peer: PeerId): void {
    this.twins.push(peer)
  }

  addressesChanged(addresses: readonly string[]): void {
    this.addresses.push(addresses)
  }

  /** The peers connected now, as the network told. */
  get peers(): Set<PeerId> {
    const now = new Map<PeerId, number>()
    for (const peer of this.connected) now.set(peer, (now.get(peer) ?? 0) + 1)
    for (const peer of this.disconnected) now.set(peer, (now.get(peer) ?? 0) - 1)
    return new Set([...now].filter(([, count]) => count > 0).map(([peer]) => peer))
  }
}

/** An answer as it arrived. */
export class AnswerRecorder implements AnswerHandlers {
  readonly frames: Uint8Array[] = []
  ends = 0
  failure: Failure | undefined
  onFrame: () => void = () => {}

  frame(frame: Uint8Array): void {
    this.frames.push(frame)
    this.onFrame()
  }

  end(failure: Failure | undefined): void {
    this.ends += 1
    this.failure = failure
  }
}

export const bytes = (told: string): Uint8Array => new TextEncoder().encode(told)
export const text = (data: Uint8Array): string => new TextDecoder().decode(data)
