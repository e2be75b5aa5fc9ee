import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ChannelDocuments } from '../../src/replica/channel-documents.ts'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { bytesOf, textOf } from '../../src/runtime/byte-text.ts'
import '../support/seed.ts'
import { channel, entity, standingsFrom, value } from './setup.ts'

function shard(number: number, values: readonly [string, Uint8Array][]): EntityDocument {
  const id = { entity: entity(1), channel, shard: number }
  const document = new EntityDocument(id, { incarnation: 1, nonce: 1 }, 1)
  const standings = standingsFrom(0, new Map(values))
  if (standings.size > 0) document.write(standings, document.prospect(standings))
  return document
}

describe('the documents of a channel', () => {
  test('read as one map: the later stamp counts, of equal ones the lower shard', () => {
    const entry = fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.oneof(fc.constant(undefined), fc.tuple(fc.constantFrom(1, 2, 3, 2 ** 50), fc.nat({ max: 255 }))),
    )
    const shards = fc.uniqueArray(fc.tuple(fc.nat({ max: 4 }), fc.array(entry, { maxLength: 6 })), {
      selector: ([number]) => number,
    })
    fc.assert(
      fc.property(shards, (inputs) => {
        const documents = new ChannelDocuments()
        const model = new Map<string, { stamp: number; shard: number; byte: number }>()
        for (const [number, entries] of inputs) {
          const last = new Map(entries)
          const values = [...last].map(([key, written]): [string, Uint8Array] => [
            key,
            written === undefined ? new Uint8Array(0) : value(...written),
          ])
          documents.put(shard(number, values))
          for (const [key, written] of last) {
            if (written === undefined) continue
            const [stamp, byte] = written
            const best = model.get(key)
            const wins = best === undefined || stamp > best.stamp || (stamp === best.stamp && number < best.shard)
            if (wins) model.set(key, { stamp, byte, shard: number })
          }
        }
        const expected = [...model].map(([key, { stamp, byte }]) => [key, textOf(value(stamp, byte))] as const)
        expect(new Map(documents.entries())).toEqual(new Map(expected))
        expect([...documents.entries()].length).toBe(expected.length)
        for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
          expect(documents.get(key)).toEqual(new Map(expected).get(key))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('say of a key what it stood for, whichever of them says it next', () => {
    const write = fc.tuple(fc.nat({ max: 2 }), fc.constantFrom('a', 'b', 'c'), fc.nat({ max: 4 }))
    fc.assert(
      fc.property(fc.array(write, { maxLength: 30 }), (writes) => {
        const documents = new ChannelDocuments()
        const shards = [0, 1, 2].map((number) => shard(number, []))
        for (const one of shards) documents.put(one)
        const best = (key: string): string | undefined => {
          const values = shards.flatMap((one) => one.get(key) ?? [])
          const stampOf = (text: string): Uint8Array => bytesOf(text).subarray(0, 7)
          return values.toSorted((a, b) => Buffer.compare(stampOf(b), stampOf(a)))[0]
        }
        for (const [at, key, stamp] of writes) {
          const one = shards[at]
          if (one === undefined) continue
          expect(documents.getBefore(one, key)).toEqual(best(key))
          const standings = standingsFrom(one.clock, [[key, stamp === 0 ? new Uint8Array(0) : value(stamp, at)]])
          one.write(standings, one.prospect(standings))
          for (const each of ['a', 'b', 'c']) expect(documents.get(each)).toEqual(best(each))
          if (stamp === 4) documents.succeed(one)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('are one a shard, found by its number', () => {
    const documents = new ChannelDocuments()
    const [first, second, other] = [shard(3, []), shard(3, [['a', value(1)]]), shard(0, [])]
    documents.put(first)
    documents.put(other)
    documents.put(second)
    expect(documents.all).toEqual([other, second])
    expect(documents.of(3)).toBe(second)
    expect(documents.of(1)).toBeUndefined()
  })
})
