import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { isRollOverDue, rebuilt } from '../../src/replica/roll-over.ts'
import { Replica } from '../../src/replica/replica.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { bytesOf } from '../../src/runtime/byte-text.ts'
import '../support/seed.ts'
import { bounds, channel, entity, harness, limits, pull, standingsFrom, value, writer } from './setup.ts'

const life = { incarnation: 1, nonce: 1 }
const absent = new Uint8Array(0)

function written(batches: readonly (readonly [string, Uint8Array])[][]): EntityDocument {
  const document = new EntityDocument({ entity: entity(1), channel, shard: 0 }, life, 1)
  for (const batch of batches) {
    const standings = standingsFrom(document.clock, new Map(batch))
    if (standings.size > 0) document.write(standings, document.prospect(standings))
  }
  return document
}

describe('a roll-over', () => {
  test('is due when history outnumbers life, with some slack for the small', () => {
    expect(isRollOverDue({ live: 0, overwritten: 64, clock: 64 })).toBe(false)
    expect(isRollOverDue({ live: 0, overwritten: 65, clock: 65 })).toBe(true)
    expect(isRollOverDue({ live: 100, overwritten: 164, clock: 264 })).toBe(false)
    expect(isRollOverDue({ live: 100, overwritten: 165, clock: 265 })).toBe(true)
  })

  test('is due before a clock outgrows 32 bits', () => {
    expect(isRollOverDue({ live: 1, overwritten: 1, clock: 2 ** 31 - 1 })).toBe(false)
    expect(isRollOverDue({ live: 1, overwritten: 1, clock: 2 ** 31 })).toBe(true)
  })

  test('keeps the live entries and nothing else, the same byte for byte whatever their history', () => {
    const batches = fc.array(fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 3 }), fc.nat({ max: 3 }))))
    fc.assert(
      fc.property(batches, (inputs) => {
        const values = inputs.map((batch) =>
          batch.map(([key, number]): [string, Uint8Array] => [key, number === 0 ? absent : value(number)]),
        )
        const old = written(values)
        const next = rebuilt(old, life, 2)
        const other = rebuilt(
          written([[...old.entries()].map(([key, text]): [string, Uint8Array] => [key, bytesOf(text)]).reverse()]),
          life,
          2,
        )
        expect(new Map(next.entries())).toEqual(new Map(old.entries()))
        expect([next.clock, next.live, next.keyCount, next.structCount]).toEqual(Array(4).fill(old.live))
        expect(next.tail(0, bounds)).toEqual(other.tail(0, bounds))
        expect(next.stateHash).toEqual(other.stateHash)
        expect(rebuilt(next, life, 3).tail(0, bounds)).toEqual(next.tail(0, bounds))
      }),
    )
  })

  test('is made by every copy alike, from a message without entries', () => {
    const owner = writer(entity(1))
    const copy = harness(entity(2))
    const late = harness(entity(3))
    for (let turn = 0; turn < 200; turn += 1) {
      const changes = new Map([[`k${turn % 7}`, turn % 5 === 0 ? undefined : value(turn + 1)]])
      copy.receiveAll(owner.replica.write(channel, changes))
    }
    pull(late, owner)
    const document = { entity: entity(1), channel, shard: 0 }
    expect(owner.replica.head(document)?.version.epoch).toBeGreaterThan(1)
    expect(copy.replica.head(document)).toEqual(owner.replica.head(document))
    expect(copy.replica.transfers(document, undefined)).toEqual(owner.replica.transfers(document, undefined))
    expect(late.replica.transfers(document, undefined)).toEqual(owner.replica.transfers(document, undefined))
  })
})

test('memory is a function of live entries: a million flips over 100 keys (invariant 7)', () => {
  const random = seededRandom(11)
  const plain = (self: EntityId): Replica =>
    new Replica({
      self,
      cluster: 'test',
      clock: new VirtualClock(),
      limits,
      sign: () => new Uint8Array(64),
      verify: () => 'good',
      admit: () => undefined,
      onChange: () => {},
    })
  const owner = plain(entity(1))
  const copy = plain(entity(2))
  owner.begin(life)
  let flips = 0
  const flip = (until: number, copies: readonly Replica[]): void => {
    while (flips < until) {
      const batch = new Map<string, Uint8Array>()
      for (let at = 0; at < 150; at += 1) batch.set(`PJSIP/${random.below(100)}`, value(random.below(2 ** 40)))
      flips += batch.size
      for (const transfer of owner.write(channel, batch)) {
        for (const replica of copies) if (replica.receive(transfer).kind !== 'applied') throw new Error('not applied')
      }
      for (const replica of [owner, ...copies]) {
        const { structs, live } = replica.stats()
        // The epoch before is kept for a while: it ended with one batch above the bound.
        if (structs > 2 * (2 * live + 64) + 100) throw new Error(`${structs} structs for ${live} entries`)
      }
    }
  }
  flip(100_000, [copy])
  expect(new Map(copy.entries(entity(1), channel))).toEqual(new Map(owner.entries(entity(1), channel)))
  const before = process.memoryUsage().heapUsed
  flip(1_000_000, [])
  // Garbage that was not collected yet counts too: what is ruled out is the 180 MB of a document that grows.
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 2 ** 20)
}, 60_000)
