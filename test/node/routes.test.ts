import { beforeEach, describe, expect, it } from 'vitest'
import { Routes, type RoutesParts } from '../../src/node/routes.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { seed } from '../support/seed.ts'

type RouteMember = ReturnType<RoutesParts['members']['others']>[number]

const channels = [{ channel: 'device_state', publish: true, subscribe: true }]
const life = { incarnation: 1, nonce: 1 }
const idOf = (number: number): EntityId => entityIdOf(number + 1) as EntityId
const peerOf = (number: number): PeerId => `peer ${number}` as PeerId

/** Nodes with routes of their own, that tell each other with whom they are linked. */
class World {
  nowMs = 0
  readonly links: Set<number>[]
  readonly members: { revision: number; list: RouteMember[]; others: () => RouteMember[]; linked: () => PeerId[] }[]
  readonly routes: Routes[]

  constructor(count: number, areLinked: (one: number, other: number) => boolean) {
    const numbers = Array.from({ length: count }, (_, number) => number)
    this.links = numbers.map((one) => new Set(numbers.filter((other) => other !== one && areLinked(one, other))))
    this.members = numbers.map((one) => {
      const list = numbers.filter((other) => other !== one).map((other) => this.memberOf(one, other))
      const linked = (): PeerId[] => [...(this.links[one] ?? [])].map(peerOf)
      const members = { revision: 0, list, others: () => members.list, linked }
      return members
    })
    this.routes = numbers.map(
      (one) => new Routes({ entity: idOf(one), members: this.members[one] ?? noMembers, now: () => this.nowMs }),
    )
  }

  memberOf(one: number, other: number): RouteMember {
    const connected = this.links[one]?.has(other) === true
    return { entity: idOf(other), peer: peerOf(other), status: 'alive', connected, channels }
  }

  /** A heartbeat of each reaches all. */
  tell(): void {
    for (const [from, speaker] of this.routes.entries()) {
      for (const [to, listener] of this.routes.entries())
        if (to !== from) listener.hear(idOf(from), { life, links: speaker.ownClaim })
    }
  }

  change(at: number, entity: number, change: Partial<RouteMember>): void {
    const members = this.members[at]
    if (members === undefined) return
    members.revision += 1
    members.list = members.list.map((member) => (member.entity === idOf(entity) ? { ...member, ...change } : member))
  }

  nextHops(at: number, origin: number, channel?: string, patienceMs?: number): number[] | undefined {
    return this.routes[at]?.nextHops(idOf(origin), channel, patienceMs)?.map((peer) => Number(peer.split(' ')[1]))
  }

  /** Where a message gets to, after how many steps, and how often it is sent. `dead` take nothing and pass nothing on. */
  spread(
    origin: number,
    dead: ReadonlySet<number> = new Set(),
  ): { readonly steps: Map<number, number>; readonly sent: number } {
    const steps = new Map([[origin, 0]])
    let sent = 0
    const send = (to: readonly number[], step: number): number[] => {
      sent += to.length
      const news = to.filter((number) => !steps.has(number) && !dead.has(number))
      for (const number of news) steps.set(number, step)
      return news
    }
    let ring = send([...(this.links[origin] ?? [])], 1)
    for (let step = 2; ring.length > 0; step += 1) {
      ring = ring.flatMap((number) => send(this.nextHops(number, origin) ?? [], step))
    }
    return { steps, sent }
  }

  distances(origin: number): Map<number, number> {
    const found = new Map([[origin, 0]])
    for (const [number, distance] of found) {
      for (const other of this.links[number] ?? []) if (!found.has(other)) found.set(other, distance + 1)
    }
    return found
  }
}

const noMembers = { revision: 0, others: () => [], linked: () => [] }

/** A ring, and from each node so many chords by chance. */
function overlay(count: number, chordsEach = 3): World {
  const random = seededRandom(seed)
  const chords = new Set<string>()
  for (let one = 0; one < count; one += 1) {
    for (let chord = 0; chord < chordsEach; chord += 1) {
      const other = random.below(count)
      chords.add(`${Math.min(one, other)} ${Math.max(one, other)}`)
    }
  }
  const world = new World(count, (one, other) => {
    return (
      (one + 1) % count === other ||
      (other + 1) % count === one ||
      chords.has(`${Math.min(one, other)} ${Math.max(one, other)}`)
    )
  })
  world.tell()
  return world
}

describe('handing on', () => {
  it('does not happen where all are linked with all', () => {
    const world = new World(5, () => true)
    world.tell()
    for (let at = 0; at < 5; at += 1)
      for (let origin = 0; origin < 5; origin += 1) expect(world.nextHops(at, origin)).toEqual([])
  })

  it('is not for this node’s own words, which go to all its neighbours at once', () => {
    const world = overlay(20)
    for (let at = 0; at < 20; at += 1) expect(world.nextHops(at, at)).toEqual([])
  })

  it('brings a message the shortest way to everybody, and twice at the most', () => {
    const count = 60
    const world = overlay(count)
    for (let origin = 0; origin < count; origin += 1) {
      const { steps, sent } = world.spread(origin)
      expect([...steps].sort(([a], [b]) => a - b)).toEqual([...world.distances(origin)].sort(([a], [b]) => a - b))
      expect(sent).toBeLessThanOrEqual(2 * (count - 1))
    }
  })

  it('reaches everybody whatever single node has died and is not missed yet', () => {
    const count = 40
    // Each has some 26 links, fewer than nodes keep. Where links are so few that somebody has one neighbour only that is nearer to the origin, its
    // death leaves that one to anti-entropy.
    const world = overlay(count, 12)
    for (let dead = 1; dead < count; dead += 1) {
      const { steps } = world.spread(0, new Set([dead]))
      expect(steps.size).toBe(count - 1)
    }
  })

  it('spreads the work: everybody hands on for some origins, nobody for most', () => {
    const count = 60
    const world = overlay(count)
    const numbers = Array.from({ length: count }, (_, number) => number)
    const work = numbers.map((at) =>
      numbers.reduce((sum, origin) => sum + (world.nextHops(at, origin)?.length ?? 0), 0),
    )
    const mean = work.reduce((sum, each) => sum + each, 0) / count
    expect(Math.min(...work)).toBeGreaterThan(0)
    expect(Math.max(...work)).toBeLessThan(4 * mean)
  })
})

describe('who hands on', () => {
  let world: World

  // 0 and 3 are not linked; 1, 2 and 4 are linked with both.
  beforeEach(() => {
    world = new World(5, (one, other) => one + other !== 3 || one === 1 || one === 2)
    world.tell()
  })

  const bearers = (channel?: string): number[] => [1, 2, 4].filter((at) => world.nextHops(at, 0, channel)?.length === 1)

  it('are two of those that are linked with both', () => {
    expect(bearers()).toHaveLength(2)
    for (const at of bearers()) expect(world.nextHops(at, 0)).toEqual([3])
  })

  it('is somebody else for whom one of the two is suspect, or gone', () => {
    const [first = 0, second = 0] = bearers()
    const third = [1, 2, 4].find((at) => at !== first && at !== second) ?? 0
    world.change(third, first, { status: 'suspect' })
    expect(world.nextHops(third, 0)).toEqual([3])
    world.change(third, first, { status: 'alive' })
    expect(world.nextHops(third, 0)).toEqual([])
  })

  it('is whoever subscribes the channel, where it is one', () => {
    const [first = 0] = bearers()
    for (const at of [0, 1, 2, 3, 4])
      world.change(at, first, { channels: [{ channel: 'device_state', publish: true, subscribe: false }] })
    // It does not hear them either.
    expect(bearers('device_state').filter((at) => at !== first)).toHaveLength(2)
    expect(bearers()).toContain(first)
  })

  it('is nobody for a member that does not subscribe the channel', () => {
    for (const at of [0, 1, 2, 4]) world.change(at, 3, { channels: [] })
    expect(bearers('device_state')).toEqual([])
  })

  it('is told anew when a link comes up', () => {
    world.links[0]?.add(3)
    world.links[3]?.add(0)
    world.change(0, 3, { connected: true })
    world.change(3, 0, { connected: true })
    world.tell()
    expect(bearers()).toEqual([])
  })

  it('is told anew in good time to whoever has patience, and at once to whoever has none', () => {
    const [first = 0] = bearers()
    const before = world.nextHops(first, 0, undefined, 1000)
    world.links[0]?.add(3)
    world.links[3]?.add(0)
    world.change(0, 3, { connected: true })
    world.change(3, 0, { connected: true })
    world.tell()
    world.nowMs += 999
    expect(world.nextHops(first, 0, undefined, 1000)).toEqual(before)
    world.nowMs += 1
    expect(world.nextHops(first, 0, undefined, 1000)).toEqual([])
    world.links[3]?.delete(0)
    world.change(3, 0, { connected: false })
    world.tell()
    expect(world.nextHops(first, 0, undefined, 1000)).toEqual([])
    expect(world.nextHops(first, 0)).toEqual(before)
  })

  it('does not count a mark twice that a member names twice', () => {
    const twice = [1, 2, 4].flatMap((number) => [number + 1, number + 1])
    for (const at of [1, 2, 4]) world.routes[at]?.hear(idOf(0), { life, links: { all: false, marks: twice } })
    expect(bearers()).toHaveLength(2)
    // Its links to them are gone with one word.
    for (const at of [1, 2, 4]) world.routes[at]?.hear(idOf(0), { life, links: { all: false, marks: [] } })
    world.links[0]?.clear()
    for (const at of [1, 2, 4]) world.change(at, 0, { connected: false })
    expect(bearers()).toEqual([])
  })

  it('needs the word of both ends for a link', () => {
    // 0 boasts of a link with 3, which knows nothing of it.
    for (const at of [1, 2, 4])
      world.routes[at]?.hear(idOf(0), { life, links: { all: false, marks: [1, 2, 4, 3].map((number) => number + 1) } })
    expect(bearers()).toHaveLength(2)
  })
})

describe('strangers', () => {
  let world: World

  // 0 and 3 are not linked; 1, 2 and 4 are linked with both.
  beforeEach(() => {
    world = new World(5, (one, other) => one + other !== 3 || one === 1 || one === 2)
    world.tell()
  })

  const strangers = (): string[] => [...(world.routes[1]?.strangers() ?? [])]

  it('are none where everybody tells of its links', () => {
    expect(strangers()).toEqual([])
  })

  it('are neighbours that are no members, or do not count', () => {
    world.links[1]?.add(7)
    world.change(1, 0, {})
    expect(strangers()).toEqual(['peer 7'])
    const members = world.members[1]
    if (members === undefined) throw new Error('there is no such member')
    members.list = members.list.filter(({ entity }) => entity !== idOf(3))
    members.revision += 1
    expect(strangers()).toEqual(['peer 3', 'peer 7'])
  })

  it('are neighbours that tell of other links, as the second of two processes with one key', () => {
    const tells = (marks: readonly number[]): void =>
      world.routes[1]?.hear(idOf(0), { life, links: { all: false, marks } })
    tells([3, 5])
    expect(strangers()).toEqual(['peer 0'])
    tells([2, 3, 5])
    expect(strangers()).toEqual([])
    // Who has more links than a heartbeat can tell of tells of some.
    tells(Array.from({ length: 128 }, (_, at) => 10 + at))
    expect(strangers()).toEqual([])
  })

  it('are few, whoever makes up peers', () => {
    for (let made = 100; made < 1000; made += 1) world.links[1]?.add(made)
    world.change(1, 0, {})
    expect(strangers()).toHaveLength(16)
  })
})

describe('what is not known', () => {
  it('is the way of somebody who has not told of any link', () => {
    const world = new World(3, (one, other) => one + other !== 2)
    expect(world.nextHops(1, 0)).toBeUndefined()
    world.tell()
    expect(world.nextHops(1, 0)).toEqual([2])
    expect(world.routes[1]?.nextHops(idOf(77))).toBeUndefined()
  })

  it('changes nothing: "all" of somebody who knows others than this node does is not believed', () => {
    const world = new World(4, (one, other) => one + other !== 3 || one === 1 || one === 2)
    world.tell()
    expect(world.nextHops(1, 0)).toEqual([3])
    world.routes[1]?.hear(idOf(0), { life, links: { all: true, check: 1 ^ 2 } })
    expect(world.nextHops(1, 0)).toEqual([3])
    world.routes[1]?.hear(idOf(0), { life, links: { all: true, check: 2 ^ 3 ^ 4 } })
    world.routes[1]?.hear(idOf(3), { life, links: { all: true, check: 1 ^ 2 ^ 3 } })
    expect(world.nextHops(1, 0)).toEqual([])
  })

  it('is what a member told in an earlier life, whatever it tells in the next', () => {
    const world = new World(3, (one, other) => one + other !== 2)
    world.tell()
    const next = { incarnation: 2, nonce: 1 }
    expect(world.nextHops(1, 0)).toEqual([2])
    world.routes[1]?.hear(idOf(0), { life, links: { all: true, check: 77 } })
    expect(world.nextHops(1, 0)).toEqual([2])
    // As of one that has just begun, or of a copied machine: it has not met all yet, and is linked with none of those it was linked with.
    world.routes[1]?.hear(idOf(0), { life: next, links: { all: true, check: 77 } })
    expect(world.nextHops(1, 0)).toBeUndefined()
    world.routes[1]?.hear(idOf(0), { life: next, links: { all: false, marks: [2] } })
    expect(world.nextHops(1, 0)).toEqual([2])
  })

  it('is what a member told that has gone and come again', () => {
    const world = new World(3, (one, other) => one + other !== 2)
    world.tell()
    const members = world.members[1]
    const gone = members?.list.find(({ entity }) => entity === idOf(0))
    if (members === undefined || gone === undefined) throw new Error('there is no such member')
    members.list = members.list.filter((member) => member !== gone)
    members.revision += 1
    expect(world.nextHops(1, 2)).toEqual([])
    members.list = [...members.list, gone]
    members.revision += 1
    expect(world.nextHops(1, 0)).toBeUndefined()
    expect(world.nextHops(1, 2)).toEqual([])
    world.tell()
    expect(world.nextHops(1, 2)).toEqual([0])
  })
})
