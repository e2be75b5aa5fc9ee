import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Room } from '../../src/replica/room.ts'
import { documentWeight, keyWeight, structWeight } from '../../src/replica/weight.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { seed } from '../support/seed.ts'
import { channel, entity, harness, limits, value, writer, type Harness } from './setup.ts'

const maxBytes = 1000

/** Everything `source` has that is newer than what `target` has. Others may have to go for it. */
function pull(target: Harness, source: Harness): void {
  for (const { document } of source.replica.heads()) {
    const since = target.replica.head(document)?.version
    for (const transfer of source.replica.transfers(document, since)) target.replica.receive(transfer)
  }
}
const numbers = [1, 2, 3, 4, 5, 6]

/** What a replica does with the room: whoever gives way holds nothing any more, and so does whoever is refused. */
function claim(room: Room, who: EntityId, bytes: number): readonly EntityId[] | undefined {
  const leaving = room.makeWay(who, bytes)
  for (const other of leaving ?? [who]) room.set(other, 0)
  if (leaving !== undefined) room.set(who, bytes)
  return leaving
}

describe('the room for all', () => {
  test('is never exceeded, and what an entity gets depends on nobody behind it (invariant 7)', () => {
    const step = fc.record({
      who: fc.constantFrom(...numbers),
      bytes: fc.integer({ min: 0, max: 1200 }),
      place: fc.option(fc.integer({ min: 0, max: 9 }), { freq: 8 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const places = new Map(numbers.map((number) => [entity(number), number % 4]))
        const precedenceOf = (who: EntityId): number => places.get(who) ?? 0
        const room = new Room({ maxBytes, precedenceOf })
        for (const { who: number, bytes, place } of steps) {
          const who = entity(number)
          // A person pins one, or an allow-list is changed.
          if (place !== null) places.set(who, place)
          const isBefore = (other: EntityId): boolean =>
            precedenceOf(other) < precedenceOf(who) || (precedenceOf(other) === precedenceOf(who) && other < who)
          const before = new Map(numbers.map((other) => [entity(other), room.heldBy(entity(other))]))
          const ahead = [...before].filter(([other]) => isBefore(other))
          const leaving = claim(room, who, bytes)
          expect(room.total).toBeLessThanOrEqual(maxBytes)
          expect(room.total).toBe(numbers.reduce((sum, other) => sum + room.heldBy(entity(other)), 0))
          for (const [other, held] of ahead) expect(room.heldBy(other)).toBe(held)
          const available = ahead.reduce((left, [, held]) => left - held, maxBytes)
          expect(leaving !== undefined).toBe(bytes <= available)
          if (leaving === undefined) continue
          // Nobody gives way in vain: with the last of them still there it would not fit.
          const last = leaving.at(-1)
          if (last !== undefined) expect(room.total + (before.get(last) ?? 0)).toBeGreaterThan(maxBytes)
        }
      }),
      { seed },
    )
  })

  test('goes to the same ones in whatever order they come, where each comes again', () => {
    const wish = fc.record({ who: fc.constantFrom(...numbers), bytes: fc.integer({ min: 1, max: 700 }) })
    fc.assert(
      fc.property(
        fc.uniqueArray(wish, { selector: ({ who }) => who, minLength: 2 }),
        fc.integer(),
        (wishes, shuffleSeed) => {
          const after = (order: typeof wishes): string[] => {
            const room = new Room({ maxBytes, precedenceOf: () => 0 })
            for (let round = 0; round < numbers.length; round += 1) {
              for (const { who, bytes } of order) if (room.heldBy(entity(who)) === 0) claim(room, entity(who), bytes)
            }
            return numbers.filter((number) => room.heldBy(entity(number)) > 0).map((number) => entity(number))
          }
          const random = seededRandom(shuffleSeed >>> 0)
          const shuffled = wishes.map((one) => ({ one, at: random.fraction() })).sort((a, b) => a.at - b.at)
          expect(after(shuffled.map(({ one }) => one))).toEqual(after(wishes))
        },
      ),
      { seed },
    )
  })
})

describe('a replica', () => {
  const roomBytes = 3 * documentWeight + 120 * keyWeight

  function crowd(): { readonly copy: Harness; readonly owners: Harness[]; readonly out: EntityId[] } {
    const out: EntityId[] = []
    const copy = harness(entity(200), {
      limits: { ...limits, roomBytes },
      crowdedOut: (who) => out.push(who),
    })
    return { copy, out, owners: numbers.map((number) => writer(entity(number))) }
  }

  test('holds each entity as a whole or not at all, within its room, under any writes in any order', () => {
    const random = seededRandom(seed)
    const { copy, owners } = crowd()
    for (let round = 0; round < 400; round += 1) {
      const owner = owners[random.below(owners.length)] as Harness
      const changes = Array.from({ length: 1 + random.below(30) }, (_, at): [string, Uint8Array | undefined] => [
        `key${random.below(40)}`,
        random.below(3) === 0 ? undefined : value(round + 1, at),
      ])
      const steps = owner.replica.write(channel, new Map(changes))
      if (random.below(3) > 0) for (const transfer of steps) copy.replica.receive(transfer)
      if (random.below(4) === 0) for (const other of owners) pull(copy, other)
      if (random.below(10) === 0) copy.clock.advance(20_000)
      if (random.below(20) === 0) copy.replica.drop(owner.self)
      const { othersWeight } = copy.replica.stats()
      expect(othersWeight).toBeLessThanOrEqual(roomBytes)
      const weights = numbers.map((number) => copy.replica.weightOf(entity(number)))
      expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(othersWeight)
      for (const { self } of owners) {
        const documents = [...copy.replica.heads({ entity: self })].length
        expect(copy.replica.weightOf(self) > 0).toBe(documents > 0)
      }
    }
    copy.clock.advance(60_000)
    for (const owner of owners) pull(copy, owner)
    for (const owner of owners) pull(copy, owner)
    const shown = (state: Map<string, string>, who: EntityId): string[] =>
      [...state].filter(([name]) => name.startsWith(who)).map(String)
    let left = roomBytes
    for (const { self, state } of owners) {
      const held = shown(copy.state(), self)
      if (held.length > 0) expect(new Set(held)).toEqual(new Set(shown(state(), self)))
      left -= copy.replica.weightOf(self)
    }
    expect(left).toBeGreaterThanOrEqual(0)
    // The first of all is always there.
    expect(new Set(shown(copy.state(), entity(1)))).toEqual(new Set(shown(owners[0]?.state() ?? new Map(), entity(1))))
  })

  test('lets the last ones go for the first, and says so', () => {
    const { copy, owners, out } = crowd()
    const write = (number: number, count: number): void => {
      const owner = owners[number - 1] as Harness
      const keys = Array.from({ length: count }, (_, at): [string, Uint8Array] => [`k${at}`, value(at + 1)])
      owner.replica.write(channel, new Map(keys))
      pull(copy, owner)
    }
    for (const number of [3, 2, 1]) write(number, 35)
    expect(out).toEqual([])
    write(4, 35)
    expect(out).toEqual([entity(4)])
    write(1, 60)
    expect(out).toEqual([entity(4), entity(3)])
    expect([...copy.replica.entities()]).toEqual([entity(2), entity(1)])
    expect(copy.changes.filter(({ entity: who, after }) => who === entity(3) && after === undefined)).toHaveLength(35)
    // What is left of its room is less than it weighs.
    expect(copy.replica.roomFor(entity(3))).toBeLessThan(documentWeight + 35 * keyWeight)
    copy.replica.drop(entity(2))
    pull(copy, owners[2] as Harness)
    expect([...copy.replica.entities()].sort()).toEqual([entity(1), entity(3)])
  })

  test('counts the epoch that is kept for its time of grace, and lets it go before anybody has to', () => {
    const { copy, owners, out } = crowd()
    const [first, second] = owners as [Harness, Harness]
    const write = (owner: Harness, from: number, count: number, stamp: number): void => {
      const keys = Array.from({ length: count }, (_, at): [string, Uint8Array] => [`k${from + at}`, value(stamp + at)])
      for (const transfer of owner.replica.write(channel, new Map(keys))) copy.replica.receive(transfer)
    }
    write(second, 0, 40, 1)
    const before = copy.replica.weightOf(second.self)
    for (let round = 1; round < 5; round += 1) write(second, 0, 40, 100 * round)
    expect(copy.replica.stats().documents[0]?.version.epoch).toBeGreaterThan(1)
    expect(copy.replica.stats().documents[0]?.grace).toBeGreaterThan(0)
    const withGrace = copy.replica.weightOf(second.self)
    expect(withGrace).toBeGreaterThan(before + 40 * structWeight)
    write(first, 0, Math.floor((roomBytes - withGrace - documentWeight) / (keyWeight + 40)), 1)
    expect(copy.replica.stats().documents.map(({ grace }) => grace > 0)).toEqual([true, false])
    write(first, 200, 3, 1)
    expect(copy.replica.stats().documents.map(({ grace }) => grace > 0)).toEqual([false, false])
    expect(out).toEqual([])
    copy.clock.advance(60_000)
    expect(copy.replica.stats().othersWeight).toBe(
      copy.replica.weightOf(first.self) + copy.replica.weightOf(second.self),
    )
  })
})

describe('removed keys', () => {
  test('take room, too, until the next epoch', () => {
    const owner = writer(entity(1))
    const copy = harness(entity(2))
    const keys = Array.from({ length: 20 }, (_, at) => `${'x'.repeat(50)}${at}`)
    const step = harness(entity(3))
    step.receiveAll(owner.replica.write(channel, new Map(keys.map((key) => [key, value(1)]))))
    step.receiveAll(owner.replica.write(channel, new Map(keys.map((key) => [key, undefined]))))
    pull(copy, owner)
    // Whichever way it came.
    expect(step.replica.weightOf(entity(1))).toBe(copy.replica.weightOf(entity(1)))
    expect(copy.replica.stats().live).toBe(0)
    expect(copy.replica.weightOf(entity(1))).toBeGreaterThan(documentWeight + 20 * (keyWeight + 50))
  })
})
