import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { rebuilt } from '../../src/replica/roll-over.ts'
import { checkRun } from '../../src/replica/update-check.ts'
import { textOf } from '../../src/runtime/byte-text.ts'
import '../support/seed.ts'
import { bounds, channel, entity, limits, standingsFrom, value, withoutDeletions } from './setup.ts'

const absent = new Uint8Array(0)

function written(...batches: readonly [string, Uint8Array][][]): EntityDocument {
  const document = new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 5, nonce: 6 }, 7)
  for (const batch of batches) {
    const standings = standingsFrom(document.clock, batch)
    document.write(standings, document.prospect(standings))
  }
  return document
}

describe('a document', () => {
  test('is empty at first', () => {
    const document = written()
    expect(document.version).toEqual({ incarnation: 5, nonce: 6, epoch: 7, clock: 0 })
    expect([document.live, document.keyCount, document.structCount, document.overwritten]).toEqual([0, 0, 0, 0])
    expect([...document.entries()]).toEqual([])
    expect(document.tail(0, bounds)).toEqual([])
    expect(document.keyEndingAt(0)).toBeUndefined()
  })

  test('tells the bytes of its live keys and values', () => {
    const document = written(
      [
        ['a', value(1)],
        ['ä', Uint8Array.of(1, 2, 3)],
      ],
      [['a', Uint8Array.of(1, 2)]],
      [['b', absent]],
    )
    expect(document.liveBytes).toBe(1 + 2 + 2 + 3)
    expect(written([['a', value(1)]], [['a', absent]]).liveBytes).toBe(0)
  })

  test('counts what lives, what is removed, and what is only history', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
        ['c', value(3)],
      ],
      [['a', value(4)]],
      [['b', absent]],
    )
    expect(document.clock).toBe(5)
    expect([document.live, document.keyCount, document.structCount, document.overwritten]).toEqual([2, 3, 5, 3])
    expect(document.get('a')).toBe(textOf(value(4)))
    expect(document.get('b')).toBeUndefined()
    expect([document.has('b'), document.has('d')]).toEqual([true, false])
    expect([...document.entries()]).toEqual([
      ['a', textOf(value(4))],
      ['c', textOf(value(3))],
    ])
  })

  test('merges the history of one key that is written again and again', () => {
    const document = written(...Array.from({ length: 50 }, (_, at): [string, Uint8Array][] => [['a', value(at)]]))
    expect([document.clock, document.structCount]).toEqual([50, 2])
  })

  test('knows the key of a clock only where it is the last word of that key', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
      ],
      [['a', value(3)]],
      [['a', value(4)]],
    )
    expect([0, 1, 2, 3, 4, 99].map((clock) => document.keyEndingAt(clock))).toEqual([
      undefined,
      'b',
      undefined,
      'a',
      undefined,
      undefined,
    ])
  })

  test('has the same end when it is over as before, whatever follows it', () => {
    const document = written(
      [
        ['a', value(1)],
        ['b', value(2)],
        ['c', value(3)],
      ],
      [['b', value(4)]],
      [['b', absent]],
      [['a', value(5)]],
    )
    const { id, version, stateHash, clock } = document
    const ended = document.ended({ document: id, version, stateHash, signature: new Uint8Array(64) })
    expect(ended.clock).toBe(clock)
    for (let from = 0; from <= clock; from += 1) expect(ended.tail(from, bounds)).toEqual(document.tail(from, bounds))
  })

  test('foretells how many entries come to it', () => {
    const document = written([
      ['a', value(1)],
      ['b', absent],
    ])
    const gain = (...values: [string, Uint8Array][]): number => document.gain(standingsFrom(2, values), 1).live
    expect(gain(['a', value(2)])).toBe(0)
    expect(gain(['a', absent])).toBe(-1)
    expect(gain(['b', value(2)], ['c', value(2)], ['d', absent])).toBe(2)
  })
})

/** What an owner writes at once, by key number; undefined takes the key back. Some histories have few keys, some have many. */
const batches = fc.oneof(...[4, 200].map((keys) => fc.array(batchOf(keys), { minLength: 1, maxLength: 25 })))

function batchOf(keys: number): fc.Arbitrary<Map<number, Uint8Array | undefined>> {
  const bytes = fc.option(fc.uint8Array({ minLength: 1, maxLength: 60 }), { nil: undefined, freq: 4 })
  // Now and then more at once than are taken out one by one.
  return fc.array(fc.tuple(fc.nat({ max: keys }), bytes), { minLength: 1, maxLength: keys }).map((all) => new Map(all))
}

/** A `Y.Doc` of Yjs's own making, and what it would send of each transaction. */
class Plain {
  readonly doc: Doc = new Doc()
  readonly updates: Uint8Array[] = []

  constructor() {
    this.doc.clientID = 1
    this.doc.on('update', (update: Uint8Array) => this.updates.push(withoutDeletions(update)))
  }

  write(values: Iterable<readonly [string, Uint8Array]>): void {
    const map = this.doc.getMap('m')
    this.doc.transact(() => {
      for (const [key, bytes] of values) map.set(key, bytes)
    })
  }
}

/** What is live in the one map of a `Y.Doc`, as text. */
function liveIn(doc: Doc): Map<string, string> {
  const all = [...doc.getMap('m').entries()] as [string, Uint8Array][]
  return new Map(all.flatMap(([key, bytes]) => (bytes.length === 0 ? [] : [[key, textOf(bytes)]])))
}

/** What can be seen of a document, with its tails from here and there. */
function shownBy(document: EntityDocument): unknown {
  const { version, live, liveBytes, keyCount, structCount, weight, stateHash } = document
  const tails = Array.from({ length: 20 }, (_, at) => document.tail(Math.floor((version.clock * at) / 20), wide))
  return { version, live, liveBytes, keyCount, structCount, weight, stateHash, tails, all: new Map(document.entries()) }
}

const wide = { ...bounds, structsPerUpdateMax: 100_000, updateMaxBytes: 1_000_000 }

// No item is made by Yjs here. What follows holds them against those that Yjs makes.
describe('a document beside Yjs', () => {
  test('is written, sent and taken in steps of any size as Yjs does it, to the byte, over a roll-over', () => {
    fc.assert(
      fc.property(batches, fc.infiniteStream(fc.integer({ min: 1, max: 4 })), (history, steps) => {
        const plain = new Plain()
        const reader = new Doc()
        const owner = written()
        const copy = written()
        let due = 0
        for (const [at, batch] of history.entries()) {
          const values = [...batch].map(([key, bytes]): [string, Uint8Array] => [`key-${key}`, bytes ?? absent])
          const { clock } = owner
          const standings = standingsFrom(clock, values)
          owner.write(standings, owner.prospect(standings))
          plain.write(values)
          expect(owner.tail(clock, wide)).toEqual(plain.updates.slice(-1))
          expect(owner.structCount).toBe(plain.doc.store.clients.get(1)?.length)
          due -= 1
          if (due > 0 && at < history.length - 1) continue
          due = steps.next().value
          const updates = owner.tail(copy.clock, wide)
          const run = checkRun(copy, updates, owner.clock, { ...limits, updateMaxBytes: wide.updateMaxBytes })
          if (typeof run === 'string') throw new Error(run)
          const gain = copy.gain(run.standings, owner.clock - copy.clock)
          const { live, weight } = copy
          copy.take(run, copy.prospect(run.standings))
          expect(copy.live).toBe(live + gain.live)
          expect(copy.weight).toBeLessThanOrEqual(weight + gain.weight)
          for (const update of updates) applyUpdate(reader, update)
        }
        expect(shownBy(copy)).toEqual(shownBy(owner))
        expect(Buffer.compare(encodeStateAsUpdate(reader), encodeStateAsUpdate(plain.doc))).toBe(0)
        expect(new Map(owner.entries())).toEqual(liveIn(reader))

        const fresh = new Plain()
        const kept = [...plain.doc.getMap('m').entries()] as [string, Uint8Array][]
        fresh.write(kept.filter(([, bytes]) => bytes.length > 0).sort(([one], [other]) => (one < other ? -1 : 1)))
        const next = rebuilt(copy, copy.life, 8)
        expect(next.tail(0, wide)).toEqual(fresh.updates)
        expect(new Map(next.entries())).toEqual(new Map(owner.entries()))
      }),
      { numRuns: 200 },
    )
  })
})
