import type { Connection } from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import type { PeerId } from '../state/peer-id.ts'
import { addressText, muxerOf } from './libp2p-node.ts'
import type { Link } from './network.ts'

interface Held {
  readonly connection: Connection
  readonly sinceMs: number
}

interface PeerLinks {
  readonly held: Held[]
  /** Whether the peer is known to speak the exchange protocol. */
  speaks: boolean
  /** When the first of the connections came up. */
  readonly sinceMs: number
}

/** Until then both ends have opened their gossip streams on the connection they chose. */
const settleMs = 10_000

/** Streams that come and go on every connection. */
const isPassing = (protocol: string | undefined): boolean => protocol?.startsWith('/ipfs/') === true

const isUsed = (connection: Connection): boolean => connection.streams.some(({ protocol }) => !isPassing(protocol))

/** What became of a peer by one connection more or less. */
export type LinkChange = 'none' | 'first' | 'last'

/** The open connections by peer. Several to one peer are possible: both may dial at the same moment. */
export class Links {
  readonly #clock: Clock
  readonly #peers = new Map<PeerId, PeerLinks>()
  readonly #gossipMs = new WeakMap<Connection, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Returns whether it is the peer's first. A connection that is already known, or already closed, changes nothing. */
  opened(peer: PeerId, connection: Connection): LinkChange {
    if (connection.status !== 'open') return 'none'
    const sinceMs = this.#clock.now()
    const links = this.#peers.get(peer)
    if (links === undefined) {
      this.#peers.set(peer, { held: [{ connection, sinceMs }], speaks: false, sinceMs })
      return 'first'
    }
    if (!links.held.some((held) => held.connection.id === connection.id)) links.held.push({ connection, sinceMs })
    return 'none'
  }

  /** Returns whether it was the peer's last, and whether the peer spoke the exchange protocol. */
  closed(peer: PeerId, connection: Connection): { readonly change: LinkChange; readonly spoke: boolean } {
    const links = this.#peers.get(peer)
    const at = links?.held.findIndex((held) => held.connection.id === connection.id) ?? -1
    if (links === undefined || at < 0) return { change: 'none', spoke: false }
    links.held.splice(at, 1)
    if (links.held.length > 0) return { change: 'none', spoke: links.speaks }
    this.#peers.delete(peer)
    return { change: 'last', spoke: links.speaks }
  }

  /** The peer speaks the exchange protocol; returns whether that is news. */
  speaks(peer: PeerId): boolean {
    const links = this.#peers.get(peer)
    if (links === undefined || links.speaks) return false
    links.speaks = true
    return true
  }

  /**
   * Gossip came over a connection. The node itself is told of the first copy of a message only, whoever was fastest: that says nothing of a link over
   * which a later copy came.
   */
  gossiped(connection: Connection): void {
    this.#gossipMs.set(connection, this.#clock.now())
  }

  has(peer: PeerId): boolean {
    return this.#peers.has(peer)
  }

  /** The newest open connection to a peer that can be asked. */
  usable(peer: PeerId): Connection | undefined {
    const links = this.#peers.get(peer)
    if (links?.speaks !== true) return undefined
    return links.held.findLast(({ connection }) => connection.status === 'open')?.connection
  }

  connections(peer: PeerId): Connection[] {
    return this.#peers.get(peer)?.held.map(({ connection }) => connection) ?? []
  }

  /** Whose connection a multiplexer belongs to; undefined for one that is not told of yet. */
  peerOf(muxer: object): PeerId | undefined {
    for (const [peer, { held }] of this.#peers) {
      if (held.some(({ connection }) => muxerOf(connection) === muxer)) return peer
    }
    return undefined
  }

  /** All open connections. */
  open(): Connection[] {
    return [...this.#peers.values()].flatMap(({ held }) =>
      held.map(({ connection }) => connection).filter(({ status }) => status === 'open'),
    )
  }

  /** Connected peers, since when, and whether they are known to speak the exchange protocol. */
  *peers(): Generator<{ readonly peer: PeerId; readonly sinceMs: number; readonly speaks: boolean }> {
    for (const [peer, { sinceMs, speaks }] of this.#peers) yield { peer, sinceMs, speaks }
  }

  /** Connections that ended without libp2p saying so (ChainSafe/js-libp2p-gossipsub#398). */
  ended(): (readonly [PeerId, Connection])[] {
    return [...this.#peers].flatMap(([peer, { held }]) =>
      held
        .filter(({ connection }) => connection.status === 'closed')
        .map(({ connection }) => [peer, connection] as const),
    )
  }

  /**
   * Connections beside another one to the same peer that carry nothing but pings. Only the smaller of the two peer IDs names them, so that not
   * both ends close one each; and none that carries gossip, because gossipsub would not notice its loss.
   */
  superfluous(self: PeerId): Connection[] {
    const now = this.#clock.now()
    return [...this.#peers].flatMap(([peer, { held }]) => {
      if (held.length < 2 || self > peer) return []
      const idle = held.filter(({ connection, sinceMs }) => now - sinceMs > settleMs && !isUsed(connection))
      return idle.slice(0, held.length - 1).map(({ connection }) => connection)
    })
  }

  /** For the node: one entry a connection. */
  list(): Link[] {
    return [...this.#peers].flatMap(([peer, { held, speaks }]) =>
      speaks
        ? held.map(({ connection, sinceMs }) => ({
            peer,
            address: addressText(connection.remoteAddr),
            direction: connection.direction,
            sinceMs,
            roundTripMs: connection.rtt,
            quietMs: this.#clock.now() - (this.#gossipMs.get(connection) ?? sinceMs),
          }))
        : [],
    )
  }
}
