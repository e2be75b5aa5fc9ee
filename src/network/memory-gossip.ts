import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import { guarded } from './guard.ts'
import { copyOf } from './memory-copies.ts'
import type { GossipParcel, Parcel } from './memory-wire.ts'
import { hashOf, pairHash } from './neighbours.ts'
import type { NetworkHandlers } from './network.ts'

interface Neighbour {
  readonly hash: number
  readonly topics: Set<string>
  /** Topics in which the neighbour chose this node for its mesh. */
  readonly graftedBy: Set<string>
  /** Topics in which this node chose the neighbour. */
  readonly chosen: Set<string>
}

/** As gossipsub's `seenTTL` in this house. */
const seenMs = 30_000
const cleanEveryMs = 1000

/**
 * Gossip of one node, as gossipsub does it but plainer: what is published goes to every subscribed neighbour, what is accepted
 * goes on to the mesh. Up to `meshDegree` neighbours are all in the mesh; of more, each node chooses half of that number (the same ones at
 * each look) and both ends use a link that either chose. Nothing that was lost is asked for again.
 */
export class MemoryGossip {
  readonly #selfHash: number
  readonly #clock: Clock
  readonly #log: Log
  readonly #meshDegree: number
  readonly #send: (peer: PeerId, parcel: Parcel) => void
  readonly #neighbours = new Map<PeerId, Neighbour>()
  /** Neighbours to whom what is accepted in a topic goes on, by topic; found out again when anything of it changes. */
  readonly #meshes = new Map<string, readonly PeerId[]>()
  readonly #seen = new Map<number, number>()
  #cleanedMs = 0
  readonly topics: Set<string> = new Set()
  handlers: NetworkHandlers | undefined
  /** What the node was last told of: most likely what it hands on. */
  #taking: GossipParcel | undefined

  constructor(self: PeerId, clock: Clock, log: Log, meshDegree: number, send: (peer: PeerId, parcel: Parcel) => void) {
    this.#selfHash = hashOf(self)
    this.#clock = clock
    this.#log = log
    this.#meshDegree = meshDegree
    this.#send = send
  }

  /**
   * A connection to a peer is up, the first or a further one. At the other end of a further one may be a new process that knows
   * nothing of what was said before, so everything is said again.
   */
  connected(peer: PeerId): void {
    this.#meshes.clear()
    const known = this.#neighbours.get(peer)
    if (known !== undefined) {
      for (const topic of known.chosen) this.#send(peer, { kind: 'graft', topic, isOn: true })
      if (this.topics.size > 0) this.#send(peer, { kind: 'topics', topics: [...this.topics], isOn: true })
      return
    }
    this.#neighbours.set(peer, { hash: hashOf(peer), topics: new Set(), graftedBy: new Set(), chosen: new Set() })
    if (this.topics.size > 0) this.#send(peer, { kind: 'topics', topics: [...this.topics], isOn: true })
  }

  disconnected(peer: PeerId): void {
    const neighbour = this.#neighbours.get(peer)
    this.#neighbours.delete(peer)
    this.#meshes.clear()
    for (const topic of neighbour?.topics ?? []) this.#choose(topic)
  }

  subscribe(topic: string): void {
    if (this.topics.has(topic)) return
    this.topics.add(topic)
    this.#tell(topic, true)
    this.#choose(topic)
  }

  unsubscribe(topic: string): void {
    if (!this.topics.delete(topic)) return
    this.#meshes.clear()
    this.#tell(topic, false)
    for (const neighbour of this.#neighbours.values()) neighbour.chosen.delete(topic)
  }

  /** False when the same bytes went over this topic within the last half minute. */
  publish(topic: string, data: Uint8Array): boolean {
    const parcel = newParcel(topic, data)
    if (!this.#isNew(parcel.id)) return false
    for (const [peer, neighbour] of this.#neighbours) if (neighbour.topics.has(topic)) this.#send(peer, parcel)
    return true
  }

  /** Sends a message on to those of some neighbours that take part in its topic. */
  handOn(topic: string, data: Uint8Array, peers: readonly PeerId[]): void {
    const parcel =
      this.#taking?.topic === topic && areSame(this.#taking.data, data) ? this.#taking : newParcel(topic, data)
    for (const peer of peers) if (this.#neighbours.get(peer)?.topics.has(topic) === true) this.#send(peer, parcel)
  }

  /** Returns whether the message was new. */
  received(from: PeerId, parcel: GossipParcel): boolean {
    if (!this.topics.has(parcel.topic) || !this.#isNew(parcel.id)) return false
    const { handlers } = this
    if (handlers === undefined) return false
    this.#taking = parcel
    const { topic, data } = parcel
    if (guarded(this.#log, 'gossip', () => handlers.gossip(topic, copyOf(data), from), 'ignore') !== 'accept')
      return true
    for (const peer of this.#meshOf(topic)) if (peer !== from) this.#send(peer, parcel)
    return true
  }

  topicsOf(from: PeerId, topics: readonly string[], isOn: boolean): void {
    const neighbour = this.#neighbours.get(from)
    if (neighbour === undefined) return
    this.#meshes.clear()
    for (const topic of topics) {
      if (isOn) neighbour.topics.add(topic)
      else {
        neighbour.topics.delete(topic)
        neighbour.graftedBy.delete(topic)
      }
      this.#choose(topic)
    }
  }

  graftedBy(from: PeerId, topic: string, isOn: boolean): void {
    this.#meshes.clear()
    const grafted = this.#neighbours.get(from)?.graftedBy
    if (isOn) grafted?.add(topic)
    else grafted?.delete(topic)
  }

  #tell(topic: string, isOn: boolean): void {
    for (const peer of this.#neighbours.keys()) this.#send(peer, { kind: 'topics', topics: [topic], isOn })
  }

  #meshOf(topic: string): readonly PeerId[] {
    const known = this.#meshes.get(topic)
    if (known !== undefined) return known
    const mesh: PeerId[] = []
    for (const [peer, { topics, chosen, graftedBy }] of this.#neighbours) {
      if (topics.has(topic) && (chosen.has(topic) || graftedBy.has(topic))) mesh.push(peer)
    }
    this.#meshes.set(topic, mesh)
    return mesh
  }

  #choose(topic: string): void {
    if (!this.topics.has(topic)) return
    this.#meshes.clear()
    const all = [...this.#neighbours].filter(([, neighbour]) => neighbour.topics.has(topic))
    const salt = hashOf(topic)
    const rank = (neighbour: Neighbour): number => pairHash(pairHash(this.#selfHash, neighbour.hash), salt)
    const isFew = all.length <= this.#meshDegree
    const best = isFew ? all : all.sort((a, b) => rank(a[1]) - rank(b[1])).slice(0, Math.ceil(this.#meshDegree / 2))
    const wished = new Set(best.map(([peer]) => peer))
    for (const [peer, neighbour] of this.#neighbours) {
      const isOn = wished.has(peer)
      if (isOn === neighbour.chosen.has(topic)) continue
      if (isOn) neighbour.chosen.add(topic)
      else neighbour.chosen.delete(topic)
      this.#send(peer, { kind: 'graft', topic, isOn })
    }
  }

  #isNew(id: number): boolean {
    const now = this.#clock.now()
    if (now - this.#cleanedMs >= cleanEveryMs) this.#clean(now)
    const seenAtMs = this.#seen.get(id)
    if (seenAtMs !== undefined && now - seenAtMs < seenMs) return false
    // What is seen again takes a new place: the oldest stand first.
    if (seenAtMs !== undefined) this.#seen.delete(id)
    this.#seen.set(id, now)
    return true
  }

  #clean(now: number): void {
    this.#cleanedMs = now
    for (const [oldest, atMs] of this.#seen) {
      if (now - atMs < seenMs) return
      this.#seen.delete(oldest)
    }
  }
}

const newParcel = (topic: string, data: Uint8Array): GossipParcel => {
  return { kind: 'gossip', id: messageIdOf(topic, data), topic, data: data.slice() }
}

const areSame = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, at) => other[at] === byte)

/** 53 bits of the topic and the data, in two lanes of FNV-1a: no need for a cryptographic hash among friends. */
function messageIdOf(topic: string, data: Uint8Array): number {
  let high = hashOf(topic)
  let low = high ^ data.length
  for (let at = 0; at < data.length; at += 1) {
    const byte = data[at] ?? 0
    high = Math.imul(high ^ byte, 0x01000193)
    low = Math.imul(low ^ byte, 0x5bd1e995)
    low ^= low >>> 15
  }
  return (pairHash(high, 1) & 0x1fffff) * 2 ** 32 + pairHash(low, 2)
}
