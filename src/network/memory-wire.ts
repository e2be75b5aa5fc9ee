import type { Cancel } from '../runtime/clock.ts'
import type { ProcessClock } from '../runtime/virtual-clock.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Traffic } from './memory-hub-options.ts'
import type { AnswerHandlers } from './network.ts'

/** A gossiped message on its way. Nobody outside the network's files sees the object or its bytes. */
export interface GossipParcel {
  readonly kind: 'gossip'
  readonly id: number
  readonly topic: string
  readonly data: Uint8Array
}

/** What travels over a wire. */
export type Parcel =
  | GossipParcel
  | { readonly kind: 'topics'; readonly topics: readonly string[]; readonly isOn: boolean }
  | { readonly kind: 'graft'; readonly topic: string; readonly isOn: boolean }
  | { readonly kind: 'ask' | 'answer'; readonly stream: number; readonly data: Uint8Array }
  | { readonly kind: 'end' | 'cancel'; readonly stream: number }
  | { readonly kind: 'reset'; readonly stream: number; readonly reason: string }
  | { readonly kind: 'credit'; readonly stream: number; readonly bytes: number }

export const bytesOf = (parcel: Parcel): number => ('data' in parcel ? parcel.data.length : 0)

/** Who sits at an end of a wire. */
export interface WireOwner {
  readonly self: PeerId
  readonly host: MemoryHost
  addresses(): readonly string[]
  received(end: WireEnd, parcel: Parcel): void
  /** The end is closed, by whomever. */
  closed(end: WireEnd): void
}

/** An answer on its way to this node. */
export interface Asking {
  readonly answer: AnswerHandlers
  readonly idleTimeoutMs: number
  receivedBytes: number
  cancelIdle: Cancel
}

/** An answer this node is giving. */
export interface Serving {
  readonly frames: Iterator<Uint8Array>
  /** Bytes that may still be sent before the peer has taken some. */
  creditBytes: number
}

/** One end of a connection between two nodes. */
export class WireEnd {
  readonly owner: WireOwner
  readonly peer: PeerId
  readonly direction: 'inbound' | 'outbound'
  /** The other end's address. */
  readonly address: string
  readonly sinceMs: number
  readonly asking: Map<number, Asking> = new Map()
  readonly serving: Map<number, Serving> = new Map()
  isOpen = true
  /** What went from this end's host to the other's; counted by the hub. */
  traffic: Traffic | undefined
  /** When gossip last came to this end, or it came up. */
  gossipMs: number
  /** When the last parcel sent here arrives there: later ones never arrive before it. */
  lastArrivalMs = 0
  /** Parcels sent while the path was cut, as TCP keeps them. */
  held: Parcel[] = []
  /** Runs while the other end is out of reach; then the wire is given up. */
  giveUp: Cancel | undefined
  nextStream = 1
  #other: WireEnd | undefined

  constructor(owner: WireOwner, peer: PeerId, direction: WireEnd['direction'], address: string, sinceMs: number) {
    this.owner = owner
    this.peer = peer
    this.direction = direction
    this.address = address
    this.sinceMs = sinceMs
    this.gossipMs = sinceMs
  }

  /** A new wire: the end that dialled; its `other` is the one that was dialled. */
  static between(dialler: WireOwner, listener: WireOwner, address: string, nowMs: number): WireEnd {
    const outbound = new WireEnd(dialler, listener.self, 'outbound', address, nowMs)
    // A dialled node sees a port that nobody listens on, as with TCP.
    const inbound = new WireEnd(listener, dialler.self, 'inbound', `/ip4/${dialler.host.ip}/tcp/60000`, nowMs)
    outbound.#other = inbound
    inbound.#other = outbound
    return outbound
  }

  get other(): WireEnd {
    if (this.#other === undefined) throw new Error('a wire has two ends')
    return this.#other
  }
}

/** A machine of the hub. */
export interface MemoryHost {
  readonly name: string
  readonly ip: string
  /** The clock of what runs there now: frozen while paused, replaced by a new one at a crash. */
  clock: ProcessClock
  status: 'running' | 'paused' | 'crashed'
  /** What arrived while paused. */
  readonly inbox: (() => void)[]
  readonly nodes: Set<MemoryNode>
}

/** A node on a host, as the hub sees it. */
export interface MemoryNode extends WireOwner {
  readonly wantsDiscovery: boolean
  openEnds(): readonly WireEnd[]
  /** Those at which it hears this peer. */
  endsOf(peer: PeerId): readonly WireEnd[]
  /** Whether a peer may be connected with. */
  admits(peer: PeerId): boolean
  accepted(end: WireEnd): void
  discovered(peer: PeerId, addresses: readonly string[]): void
  /** Two running processes have the key of this peer. */
  twin(peer: PeerId, address: string): void
  /** The process is gone: it must not call its handlers any more. */
  killed(): void
}
