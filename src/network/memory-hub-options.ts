import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'

/** How parcels travel from one host to another. */
export interface PathShape {
  /** One way. Default 0.2. */
  readonly latencyMs: number
  /** Up to so much is added to each parcel, evenly spread. Default 0.1. */
  readonly jitterMs: number
  /** Share of gossiped messages that are lost, 0 to 1. Default 0. Exchanges lose nothing: a stream stalls or breaks. */
  readonly gossipLoss: number
  /** Share of gossiped messages that arrive twice over this path. Default 0. */
  readonly gossipDuplicate: number
  /** Share of gossiped messages that are overtaken by later ones. Default 0. */
  readonly gossipReorder: number
  /** By how much at most those come late. Default 50. */
  readonly reorderMs: number
}

/** What went over a path or through a node. */
export interface Traffic {
  /** Payload and `overheadBytes` a parcel. */
  bytes: number
  /** Parcels, control ones included. */
  parcels: number
  /** Gossiped messages. */
  messages: number
}

/** What a network in memory is like. */
export interface MemoryHubOptions {
  readonly clock: Clock
  readonly random: Random
  readonly shape?: Partial<PathShape>
  /** Each end gives up a wire whose other end was out of reach for 60 to 100 % of this. Default 5000; Infinity for never. */
  readonly detectMs?: number
  /** A dial that meets silence fails after this. Default 1500. */
  readonly connectTimeoutMs?: number
  /** Handshake of a new connection, beside two round trips. Default 4, as gossipsub is told (`gossip-settings.ts`) to keep two to six. */
  readonly handshakeMs?: number
  /** Bytes counted for each parcel beside its payload. Default 60. */
  readonly overheadBytes?: number
  /** Mesh neighbours that pass a message on (see `MemoryGossip`). Default 4, as gossipsub is told (`gossip-settings.ts`) to keep two to six. */
  readonly meshDegree?: number
  /**
   * Every node names itself to all others in multicast reach at its start and then so often; past 8 nodes less often, in proportion to their
   * number. Default 1000; Infinity for never.
   */
  readonly discoveryMs?: number
}

/** @internal */
export const shapeDefaults: PathShape = Object.freeze({
  latencyMs: 0.2,
  jitterMs: 0.1,
  gossipLoss: 0,
  gossipDuplicate: 0,
  gossipReorder: 0,
  reorderMs: 50,
})
