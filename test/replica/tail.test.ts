import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate, GC, type Item } from 'yjs'
import { encodeTail, type UpdateBounds } from '../../src/replica/tail.ts'
import '../support/seed.ts'
import { bounds, value } from './setup.ts'

const structsOf = (doc: Doc): (GC | Item)[] => doc.store.clients.get(1) ?? []

function copyOf(state: Uint8Array): Doc {
  const copy = new Doc()
  copy.clientID = 0
  copy.getMap('m')
  applyUpdate(copy, state)
  return copy
}

/** Transactions as lists of key numbers; a key that repeats is overwritten within the transaction. */
const history = fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 30 })

const tightBounds: fc.Arbitrary<UpdateBounds> = fc.record({
  updateMaxBytes: fc.integer({ min: 80, max: 300 }),
  structsPerUpdateMax: fc.integer({ min: 1, max: 9 }),
  itemMaxBytes: fc.constant(80),
})

/** The writer's document after a history, and its whole state at each cut. */
function written(transactions: readonly (readonly number[])[]): { doc: Doc; cuts: [number, Uint8Array][] } {
  const doc = new Doc()
  doc.clientID = 1
  const map = doc.getMap('m')
  const cuts: [number, Uint8Array][] = [[0, encodeStateAsUpdate(doc)]]
  let clock = 0
  for (const keys of transactions) {
    doc.transact(() => {
      for (const key of keys) map.set(`key-${key}`, value((clock += 1)))
    })
    cuts.push([clock, encodeStateAsUpdate(doc)])
  }
  return { doc, cuts }
}

// P3: the one place that leans on what Yjs does not document. If a new yjs breaks it, this says so.
describe('a tail', () => {
  test('does at every cut what the full sync of Yjs does, to the byte', () => {
    fc.assert(
      fc.property(history, tightBounds, (transactions, tight) => {
        const { doc, cuts } = written(transactions)
        const whole = encodeStateAsUpdate(doc)
        for (const [clock, state] of cuts) {
          for (const limits of [bounds, tight]) {
            const copy = copyOf(state)
            for (const update of encodeTail(structsOf(doc), clock, limits)) applyUpdate(copy, update)
            expect(copy.store.pendingStructs).toBeNull()
            expect(Buffer.compare(encodeStateAsUpdate(copy), whole)).toBe(0)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('serves as well from a copy as from the writer', () => {
    fc.assert(
      fc.property(history, tightBounds, (transactions, tight) => {
        const { doc, cuts } = written(transactions)
        const [start] = cuts[Math.floor(cuts.length / 2)] ?? [0]
        const middle = copyOf(cuts[Math.floor(cuts.length / 2)]?.[1] ?? new Uint8Array([0, 0]))
        for (const update of encodeTail(structsOf(doc), start, tight)) applyUpdate(middle, update)
        for (const [clock, state] of cuts) {
          const copy = copyOf(state)
          for (const update of encodeTail(structsOf(middle), clock, tight)) applyUpdate(copy, update)
          expect(Buffer.compare(encodeStateAsUpdate(copy), encodeStateAsUpdate(doc))).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('keeps its bounds, and never holds a garbage-collected struct or a deletion', () => {
    fc.assert(
      fc.property(history, tightBounds, (transactions, tight) => {
        const { doc } = written(transactions)
        expect(structsOf(doc).some((struct) => struct instanceof GC)).toBe(false)
        const updates = encodeTail(structsOf(doc), 0, tight)
        for (const update of updates) {
          expect(update.length).toBeLessThanOrEqual(tight.updateMaxBytes)
          expect(update[1]).toBeLessThanOrEqual(tight.structsPerUpdateMax)
          expect(update.at(-1)).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('is nothing where nothing is newer', () => {
    const { doc } = written([[1, 2], [1]])
    expect(encodeTail(structsOf(doc), 3, bounds)).toEqual([])
    expect(encodeTail(structsOf(doc), 99, bounds)).toEqual([])
    expect(encodeTail([], 0, bounds)).toEqual([])
  })

  test('costs few bytes: the text of a key travels once', () => {
    const doc = new Doc()
    doc.clientID = 1
    const map = doc.getMap('m')
    map.set('PJSIP/a-rather-long-device-name', value(1))
    map.set('PJSIP/a-rather-long-device-name', value(2))
    expect(encodeTail(structsOf(doc), 1, bounds)[0]?.length).toBeLessThan(20)
  })
})
