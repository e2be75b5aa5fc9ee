import type { Member } from '../membership/member.ts'
import { hashOf, pairHash } from '../network/neighbours.ts'
import { limits } from '../protocol/limits.ts'
import type { Announcement } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'
import { checkOf, isSameClaim, markOf, type LinkClaim } from '../state/link-claim.ts'
import type { PeerId } from '../state/peer-id.ts'
import { compareLives } from '../state/version.ts'
import { addBit, hasBit, moveNew, type Bits } from './bit-rows.ts'
import { LinkGraph, self } from './link-graph.ts'
import { Marks } from './marks.ts'

/** So many neighbours bring a message to whoever its origin does not reach itself: where one of them has just died, the other one has not. */
const bearersMax = 2

/** Copies of machines are few; whoever makes up peers gets no more copies than this of what is said. */
const strangersMax = 16

type RouteMember = Pick<Member, 'entity' | 'peer' | 'status' | 'connected' | 'channels'>

export interface RoutesParts {
  /** The own entity. */
  readonly entity: EntityId
  /** Monotonic milliseconds. */
  readonly now: () => number
  readonly members: {
    /** Grows whenever something of the members may be otherwise than before. */
    readonly revision: number
    /** Members that count, this node left out. */
    others(): readonly RouteMember[]
    /** The peers to which a link is up, members or not. */
    linked(): Iterable<PeerId>
  }
}

/** What somebody said of its links, and in which life. */
type Word = Pick<Announcement, 'life' | 'links'>

/**
 * To whom this node hands on what it hears. Everybody tells in its heartbeats with whom it is linked, so all have the same picture of all links,
 * and each finds out for itself which neighbours look to it for which origin's words: whoever the origin is not linked with gets them from those two of
 * its neighbours that are nearest to the origin. So a message goes the shortest way to everybody and costs two copies each at the most, and
 * where all are linked with all, nothing is handed on.
 */
export class Routes {
  readonly #parts: RoutesParts
  readonly #graph: LinkGraph
  /** The last words of each. */
  readonly #words = new Map<EntityId, Word>()
  /** Those that the picture shows: the last that could be understood. */
  readonly #shown = new Map<EntityId, Word>()
  /** Those whose words say otherwise than before, or are to be read again since the members are others. */
  readonly #unread = new Set<EntityId>()
  readonly #hops = new Map<string | undefined, Map<EntityId, readonly PeerId[] | undefined>>()
  #strangers: readonly PeerId[] | undefined
  #revision = Number.NEGATIVE_INFINITY
  #lookedMs = Number.NEGATIVE_INFINITY
  /** Members that count, by number. */
  #members: ReadonlyMap<number, RouteMember> = new Map()
  /** By number. */
  readonly #hashes: number[]
  readonly #carriersIn = new Map<string | undefined, Bits>()
  /** This node and all members that count. */
  #everybody: readonly number[] = [self]
  readonly #marks = new Marks()
  #isFull: boolean | undefined

  constructor(parts: RoutesParts) {
    this.#parts = parts
    this.#graph = new LinkGraph(parts.entity)
    this.#hashes = [hashOf(parts.entity)]
    this.#marks.add(self, parts.entity)
  }

  /** What this node's own heartbeats say. */
  get ownClaim(): LinkClaim {
    const others = this.#parts.members.others()
    const linked = others.filter(({ connected }) => connected).map(({ entity }) => entity)
    if (linked.length === others.length) return { all: true, check: checkOf(linked) }
    return { all: false, marks: linked.slice(0, limits.linksToldMax).map(markOf) }
  }

  /** A member told with whom it is linked. It is read when somebody asks for the way of a message: until then it may say something else. */
  hear(entity: EntityId, { life, links }: Word): void {
    const before = this.#words.get(entity)
    if (before !== undefined && compareLives(before.life, life) === 0 && isSameClaim(before.links, links)) return
    this.#words.set(entity, { life, links })
    this.#unread.add(entity)
  }

  /**
   * The neighbours that look to this node for what an entity says in a channel, or of who is here. Undefined where the way of its words is
   * not known. `patienceMs`: what was found out so long ago is good enough; default 0, all that was told counts.
   */
  nextHops(origin: EntityId, channel?: string, patienceMs = 0): readonly PeerId[] | undefined {
    this.#look(patienceMs)
    this.#isFull ??= this.#isEverybodyLinked()
    if (this.#isFull) return []
    const known = this.#hops.get(channel) ?? new Map<EntityId, readonly PeerId[] | undefined>()
    this.#hops.set(channel, known)
    if (!known.has(origin)) known.set(origin, this.#hopsOf(origin, channel))
    return known.get(origin)
  }

  /**
   * Neighbours that the picture leaves out: no member that counts, or one that does not tell of its link with this node, as of two processes with one entity ID one
   * tells of its own. Nobody finds a way to them, so all that is handed on goes to them, too.
   */
  strangers(): readonly PeerId[] {
    this.#look(0)
    this.#strangers ??= this.#findStrangers()
    return this.#strangers
  }

  #findStrangers(): readonly PeerId[] {
    const shown = new Set<PeerId>()
    for (const number of this.#graph.linksOf(self)) {
      const member = this.#members.get(number)
      if (member === undefined) continue
      const links = this.#words.get(member.entity)?.links
      // Who is linked with more than a heartbeat can tell of tells of some only.
      const tellsOfSome = links?.all === false && links.marks.length === limits.linksToldMax
      if (tellsOfSome || this.#graph.tellsOf(number, self)) shown.add(member.peer)
    }
    const strangers: PeerId[] = []
    for (const peer of this.#parts.members.linked()) {
      if (!shown.has(peer) && strangers.length < strangersMax) strangers.push(peer)
    }
    return strangers
  }

  #isEverybodyLinked(): boolean {
    const { length } = this.#everybody
    return this.#everybody.every((number) => this.#graph.countLinks(number) >= length - 1)
  }

  /** Notices that the members are others than before, and what they have told since. */
  #look(patienceMs: number): void {
    const { members, now } = this.#parts
    if (members.revision === this.#revision && this.#unread.size === 0) return
    if (patienceMs > 0 && now() - this.#lookedMs < patienceMs) return
    this.#lookedMs = now()
    if (members.revision !== this.#revision) {
      this.#revision = members.revision
      this.#count(members.others())
    }
    for (const entity of this.#unread) this.#read(entity)
    this.#unread.clear()
  }

  #count(others: readonly RouteMember[]): void {
    const graph = this.#graph
    if (others.length !== graph.count - 1 || others.some(({ entity }) => graph.numberOf(entity) === undefined)) {
      this.#number(others.map(({ entity }) => entity))
    }
    this.#members = new Map(others.map((member) => [graph.numberOf(member.entity) ?? self, member] as const))
    this.#everybody = [self, ...this.#members.keys()]
    this.#carriersIn.clear()
    graph.tell(
      self,
      [...this.#members].flatMap(([number, { connected }]) => (connected ? [number] : [])),
    )
    this.#forgetHops()
  }

  /** Other entities count than before: what was told of them may mean something else now. */
  #number(entities: readonly EntityId[]): void {
    const [graph, marks] = [this.#graph, this.#marks]
    for (const number of graph.keep(new Set(entities))) marks.delete(number)
    const added = new Set<number>()
    for (const entity of entities) {
      if (graph.numberOf(entity) !== undefined) continue
      const number = graph.add(entity)
      this.#hashes[number] = hashOf(entity)
      marks.add(number, entity)
      added.add(marks.of(number))
    }
    for (const [entity, { links }] of this.#words) {
      const number = graph.numberOf(entity)
      if (number === undefined) {
        this.#words.delete(entity)
        this.#shown.delete(entity)
      }
      // Who names none of the new ones, and is none, says what it said before.
      else if (links.all || added.has(marks.of(number)) || links.marks.some((mark) => added.has(mark))) {
        this.#unread.add(entity)
      }
    }
  }

  #read(entity: EntityId): void {
    const graph = this.#graph
    const number = graph.numberOf(entity)
    const word = this.#words.get(entity)
    if (number === undefined || word === undefined) return
    this.#strangers = undefined
    const shown = this.#shown.get(entity)
    // Its links ended with the process that had them.
    if (shown !== undefined && compareLives(shown.life, word.life) !== 0) {
      graph.forget(number)
      this.#shown.delete(entity)
      this.#forgetHops()
    }
    const told = this.#understood(number, word.links)
    // What cannot be understood, since it is of others than are known here, changes nothing else.
    if (told === undefined) return
    this.#shown.set(entity, word)
    if (graph.tell(number, told)) this.#forgetHops()
  }

  #forgetHops(): void {
    this.#strangers = undefined
    this.#isFull = undefined
    this.#hops.clear()
  }

  #understood(number: number, claim: LinkClaim): readonly number[] | undefined {
    const marks = this.#marks
    if (claim.all) return (marks.check ^ marks.of(number)) === claim.check ? this.#everybody : undefined
    return claim.marks.flatMap((mark) => marks.numbersOf(mark))
  }

  #hopsOf(origin: EntityId, channel: string | undefined): readonly PeerId[] | undefined {
    const graph = this.#graph
    const root = graph.numberOf(origin)
    if (root === undefined || !graph.hasTold(root)) return undefined
    const carriers = this.#carriers(channel)
    const nearer = this.#nearerTo(root, carriers)
    if (nearer === undefined) return undefined
    const hops: PeerId[] = []
    for (const to of graph.linksOf(self)) {
      const peer = this.#members.get(to)?.peer
      if (peer !== undefined && this.#looksHere(to, root, nearer, carriers)) hops.push(peer)
    }
    return hops
  }

  /** Whether a neighbour looks to this node for the words of `root`: it is one of the first two in an order on which both agree. */
  #looksHere(to: number, root: number, { all, last }: Nearer, carriers: Bits): boolean {
    const graph = this.#graph
    // Whoever is linked with the origin has its words from itself.
    if (to === root || graph.isLinked(to, root) || !hasBit(carriers, to) || !graph.hasTold(to)) return false
    let sooner = graph.countLinksWith(to, all)
    if (sooner >= bearersMax) return false
    const hashes = this.#hashes
    const pair = pairHash(hashes[root] ?? 0, hashes[to] ?? 0)
    const ownRank = pairHash(pair, hashes[self] ?? 0)
    for (const bearer of graph.linksOf(to)) {
      // Of the others that carry, those are as near as this node that are linked with the last that are nearer.
      if (bearer === self || !hasBit(carriers, bearer) || hasBit(all, bearer)) continue
      if (pairHash(pair, hashes[bearer] ?? 0) >= ownRank || !graph.isLinkedWithAny(bearer, last)) continue
      sooner += 1
      if (sooner === bearersMax) return false
    }
    return true
  }

  /** Those that can hand on what is said in a channel: they are subscribed, and not suspect, who may be no more. */
  #carriers(channel: string | undefined): Bits {
    const known = this.#carriersIn.get(channel)
    if (known !== undefined) return known
    const carriers = this.#graph.none()
    addBit(carriers, self)
    for (const [number, { status, channels }] of this.#members) {
      const takesPart = channel === undefined || channels.some((role) => role.channel === channel && role.subscribe)
      if (status === 'alive' && takesPart) addBit(carriers, number)
    }
    this.#carriersIn.set(channel, carriers)
    return carriers
  }

  /** Who is fewer links from an entity than this node, over those that hand its words on; undefined where there is no way. */
  #nearerTo(root: number, carriers: Bits): Nearer | undefined {
    const graph = this.#graph
    const all = graph.none()
    addBit(all, root)
    let last: Bits = all.slice()
    while (!graph.isLinkedWithAny(self, last)) {
      last = graph.linkedWith(last)
      if (!moveNew(last, carriers, all)) return undefined
    }
    return { all, last }
  }
}

/** Those that are nearer to an origin than this node, and of them those that are only one link nearer. */
interface Nearer {
  readonly all: Bits
  readonly last: Bits
}
