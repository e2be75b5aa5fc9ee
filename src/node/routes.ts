import type { Member } from '../membership/member.ts'
import { hashOf, pairHash } from '../network/neighbours.ts'
import { limits } from '../protocol/limits.ts'
import type { EntityId } from '../state/entity-id.ts'
import { checkOf, isSameClaim, markOf, type LinkClaim } from '../state/link-claim.ts'
import type { PeerId } from '../state/peer-id.ts'
import { LinkGraph, self } from './link-graph.ts'

/** So many neighbours bring a message to whoever its origin does not reach itself: where one of them has just died, the other one has not. */
const bearersMax = 2

/** Further away than anybody: nobody knows of a way. */
const far = 255

type RouteMember = Pick<Member, 'entity' | 'peer' | 'status' | 'connected' | 'channels'>

export interface RoutesParts {
  /** The own entity. */
  readonly entity: EntityId
  readonly members: {
    /** Grows whenever something of the members may be otherwise than before. */
    readonly revision: number
    /** Members that count, this node left out. */
    others(): readonly RouteMember[]
  }
}

/**
 * To whom this node hands on what it hears. Everybody tells in its heartbeats with whom it is linked, so all have the same picture of all links,
 * and each finds out for itself which neighbours look to it for which origin's words: whoever the origin is not linked with gets them from those two of
 * its neighbours that are nearest to the origin. So a message goes the shortest way to everybody and costs two copies each at the most, and
 * where all are linked with all, nothing is handed on.
 */
export class Routes {
  readonly #parts: RoutesParts
  readonly #graph: LinkGraph
  /** The last words of each, and of which members they were understood. */
  readonly #claims = new Map<EntityId, { readonly claim: LinkClaim; readonly revision: number }>()
  readonly #hops = new Map<string | undefined, Map<EntityId, readonly PeerId[] | undefined>>()
  #revision = Number.NEGATIVE_INFINITY
  /** Members that count, by number. */
  #members: ReadonlyMap<number, RouteMember> = new Map()
  /** By number. */
  readonly #hashes: number[]
  readonly #carriersIn = new Map<string | undefined, Uint8Array>()
  /** This node and all members that count. */
  #everybody: ReadonlySet<number> = new Set()
  #check = 0
  #byMark: ReadonlyMap<number, readonly number[]> = new Map()
  #isFull: boolean | undefined

  constructor(parts: RoutesParts) {
    this.#parts = parts
    this.#graph = new LinkGraph(parts.entity)
    this.#hashes = [hashOf(parts.entity)]
  }

  /** What this node's own heartbeats say. */
  get ownClaim(): LinkClaim {
    const others = this.#parts.members.others()
    const linked = others.filter(({ connected }) => connected).map(({ entity }) => entity)
    if (linked.length === others.length) return { all: true, check: checkOf(linked) }
    return { all: false, marks: linked.slice(0, limits.linksToldMax).map(markOf) }
  }

  /** A member told with whom it is linked. */
  hear(entity: EntityId, claim: LinkClaim): void {
    this.#look()
    const number = this.#graph.numberOf(entity)
    const before = this.#claims.get(entity)
    if (number === undefined) return
    if (before?.revision === this.#revision && isSameClaim(before.claim, claim)) return
    this.#claims.set(entity, { claim, revision: this.#revision })
    const told = this.#understood(entity, claim)
    const known = this.#graph.toldBy(number)
    // What cannot be understood, since it is of others than are known here, changes nothing.
    if (told === undefined || (known !== undefined && areEqual(told, known))) return
    this.#graph.tell(number, told)
    this.#forgetHops()
  }

  /**
   * The neighbours that look to this node for what an entity says in a channel, or of who is here. Undefined where the way of its words is
   * not known.
   */
  nextHops(origin: EntityId, channel?: string): readonly PeerId[] | undefined {
    this.#look()
    this.#isFull ??= this.#isEverybodyLinked()
    if (this.#isFull) return []
    const known = this.#hops.get(channel) ?? new Map<EntityId, readonly PeerId[] | undefined>()
    this.#hops.set(channel, known)
    if (!known.has(origin)) known.set(origin, this.#hopsOf(origin, channel))
    return known.get(origin)
  }

  #isEverybodyLinked(): boolean {
    const { size } = this.#everybody
    for (const number of this.#everybody) if (this.#graph.linksOf(number).length < size - 1) return false
    return true
  }

  /** Notices that the members are others than before. */
  #look(): void {
    const { members, entity: own } = this.#parts
    if (members.revision === this.#revision) return
    this.#revision = members.revision
    const others = members.others()
    this.#graph.keep(new Set(others.map(({ entity }) => entity)))
    const numbered = others.map((member) => [this.#graph.add(member.entity), member] as const)
    this.#members = new Map(numbered)
    for (const [number, { entity }] of numbered) this.#hashes[number] = hashOf(entity)
    this.#carriersIn.clear()
    this.#everybody = new Set([self, ...this.#members.keys()])
    this.#check = checkOf([own, ...others.map(({ entity }) => entity)])
    const byMark = new Map([[markOf(own), [self]]])
    for (const [number, { entity }] of numbered)
      byMark.set(markOf(entity), [...(byMark.get(markOf(entity)) ?? []), number])
    this.#byMark = byMark
    this.#graph.tell(self, new Set(numbered.flatMap(([number, { connected }]) => (connected ? [number] : []))))
    for (const entity of this.#claims.keys())
      if (this.#graph.numberOf(entity) === undefined) this.#claims.delete(entity)
    this.#forgetHops()
  }

  #forgetHops(): void {
    this.#isFull = undefined
    this.#hops.clear()
  }

  #understood(entity: EntityId, claim: LinkClaim): ReadonlySet<number> | undefined {
    if (claim.all) return (this.#check ^ markOf(entity)) === claim.check ? this.#everybody : undefined
    return new Set(claim.marks.flatMap((mark) => this.#byMark.get(mark) ?? []))
  }

  #hopsOf(origin: EntityId, channel: string | undefined): readonly PeerId[] | undefined {
    const graph = this.#graph
    const root = graph.numberOf(origin)
    if (root === undefined || graph.toldBy(root) === undefined) return undefined
    const carries = this.#carriers(channel)
    const distances = this.#distancesFrom(root, carries)
    const ownDistance = distances[self] ?? far
    if (ownDistance === far) return undefined
    const rootHash = this.#hashes[root] ?? 0
    const looksHere = (to: number): boolean => {
      if (to === root || distances[to] === 1 || carries[to] !== 1 || graph.toldBy(to) === undefined) return false
      const pair = pairHash(rootHash, this.#hashes[to] ?? 0)
      const rank = (bearer: number): number => pairHash(pair, this.#hashes[bearer] ?? 0)
      let sooner = 0
      for (const bearer of graph.linksOf(to)) {
        const distance = distances[bearer] ?? far
        if (distance > ownDistance || bearer === self || carries[bearer] !== 1) continue
        if (distance < ownDistance || rank(bearer) < rank(self)) sooner += 1
        if (sooner === bearersMax) return false
      }
      return true
    }
    return graph
      .linksOf(self)
      .filter(looksHere)
      .flatMap((number) => this.#members.get(number)?.peer ?? [])
  }

  /** By number, 1 for whoever can hand on what is said in a channel: it is subscribed, and not suspect, who may be no more. */
  #carriers(channel: string | undefined): Uint8Array {
    const known = this.#carriersIn.get(channel)
    if (known !== undefined) return known
    const carriers = new Uint8Array(this.#graph.size)
    carriers[self] = 1
    for (const [number, { status, channels }] of this.#members) {
      const takesPart = channel === undefined || channels.some((role) => role.channel === channel && role.subscribe)
      if (status === 'alive' && takesPart) carriers[number] = 1
    }
    this.#carriersIn.set(channel, carriers)
    return carriers
  }

  /** The least number of links from an entity to each that is no further than this node, over those that hand its words on. */
  #distancesFrom(root: number, carries: Uint8Array): Uint8Array {
    const distances = new Uint8Array(this.#graph.size).fill(far)
    distances[root] = 0
    let ring = [root]
    for (let distance = 1; ring.length > 0 && distance < far && distances[self] === far; distance += 1) {
      const next: number[] = []
      for (const from of ring) {
        for (const to of this.#graph.linksOf(from)) {
          if (distances[to] !== far || carries[to] !== 1) continue
          distances[to] = distance
          next.push(to)
        }
      }
      ring = next
    }
    return distances
  }
}

function areEqual(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  if (one === other) return true
  if (one.size !== other.size) return false
  for (const number of one) if (!other.has(number)) return false
  return true
}
