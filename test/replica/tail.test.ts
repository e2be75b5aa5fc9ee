import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate } from 'yjs'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import type { UpdateBounds } from '../../src/replica/tail.ts'
import { checkRun } from '../../src/replica/update-check.ts'
import '../support/seed.ts'
import { bounds, channel, entity, limits, standingsFrom, value, withoutDeletions } from './setup.ts'

function copyOf(state: Uint8Array): Doc {
  const copy = new Doc()
  copy.clientID = 0
  copy.getMap('m')
  applyUpdate(copy, state)
  return copy
}

const empty = (): EntityDocument =>
  new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 1, nonce: 1 }, 1)

/** Brings a document to clock `end`, as a run is taken. */
function take(document: EntityDocument, updates: readonly Uint8Array[], end: number): void {
  if (updates.length === 0) return
  const run = checkRun(document, updates, end, limits)
  if (typeof run === 'string') throw new Error(run)
  document.take(run, document.prospect(run.standings))
}

/** Transactions as lists of key numbers; a key that repeats is overwritten within the transaction. */
const history = fc.array(fc.array(fc.nat({ max: 5 }), { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 30 })

const tightBounds: fc.Arbitrary<UpdateBounds> = fc.record({
  updateMaxBytes: fc.integer({ min: 80, max: 300 }),
  structsPerUpdateMax: fc.integer({ min: 1, max: 9 }),
  itemMaxBytes: fc.constant(80),
})

interface Cut {
  readonly clock: number
  /** What Yjs would send of all until then. */
  readonly state: Uint8Array
}

/** A history in a plain `Y.Doc`, with its whole state at each cut, and the document that took each transaction as a run. */
function written(transactions: readonly (readonly number[])[]): {
  readonly document: EntityDocument
  readonly doc: Doc
  readonly cuts: readonly Cut[]
  /** Each transaction as its owner sends it, with what was overwritten on the way. */
  readonly updates: readonly Uint8Array[]
} {
  const updates: Uint8Array[] = []
  const document = empty()
  const doc = new Doc()
  doc.clientID = 1
  const map = doc.getMap('m')
  doc.on('update', (update: Uint8Array) => {
    updates.push(withoutDeletions(update))
    take(document, updates.slice(-1), clock)
  })
  const cuts: Cut[] = [{ clock: 0, state: encodeStateAsUpdate(doc) }]
  let clock = 0
  for (const keys of transactions) {
    doc.transact(() => {
      for (const key of keys) map.set(`key-${key}`, value((clock += 1)))
    })
    cuts.push({ clock, state: encodeStateAsUpdate(doc) })
  }
  return { document, doc, cuts, updates }
}

// P3: what is sent and taken is written and laid down here and not by Yjs. If that is not what Yjs expects, this says so.
describe('a tail', () => {
  test('does at every cut what the full sync of Yjs does, to the byte', () => {
    fc.assert(
      fc.property(history, tightBounds, (transactions, tight) => {
        const { document, doc, cuts } = written(transactions)
        const whole = encodeStateAsUpdate(doc)
        expect(document.structCount).toBe(doc.store.clients.get(1)?.length)
        for (const { clock, state } of cuts) {
          for (const limits of [bounds, tight]) {
            const copy = copyOf(state)
            for (const update of document.tail(clock, limits)) applyUpdate(copy, update)
            expect(copy.store.pendingStructs).toBeNull()
            expect(Buffer.compare(encodeStateAsUpdate(copy), whole)).toBe(0)
          }
        }
      }),
      { numRuns: 300 },
    )
  })

  test('is the same from a copy, wherever that began', () => {
    fc.assert(
      fc.property(history, tightBounds, fc.nat(), (transactions, tight, at) => {
        const { document, cuts } = written(transactions)
        const start = cuts[at % cuts.length]
        const copy = empty()
        // The copy took the document as it was at the start, then all that followed.
        const earlier = written(transactions.slice(0, at % cuts.length)).document
        expect(earlier.clock).toBe(start?.clock)
        take(copy, earlier.tail(0, tight), earlier.clock)
        take(copy, document.tail(copy.clock, tight), document.clock)
        expect(copy.stateHash).toEqual(document.stateHash)
        expect(copy.structCount).toBe(document.structCount)
        for (const { clock } of cuts) expect(copy.tail(clock, tight)).toEqual(document.tail(clock, tight))
      }),
      { numRuns: 200 },
    )
  })

  test('is the same from a copy that took all of it at once, with or without what was overwritten', () => {
    fc.assert(
      fc.property(history, tightBounds, fc.nat(), (transactions, tight, at) => {
        const { document, cuts, updates } = written(transactions)
        const earlier = written(transactions.slice(0, 1 + (at % transactions.length)))
        for (const sent of [earlier.updates, earlier.document.tail(0, tight)]) {
          const copy = empty()
          take(copy, sent, earlier.document.clock)
          expect(copy.version).toEqual(earlier.document.version)
          expect(copy.stateHash).toEqual(earlier.document.stateHash)
          take(copy, updates.slice(earlier.updates.length), document.clock)
          expect(new Map(copy.entries())).toEqual(new Map(document.entries()))
          expect(copy.stateHash).toEqual(document.stateHash)
          expect([copy.live, copy.liveBytes]).toEqual([document.live, document.liveBytes])
          expect(copy.structCount).toBe(document.structCount)
          for (const { clock } of cuts) expect(copy.tail(clock, tight)).toEqual(document.tail(clock, tight))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('keeps its bounds, and never holds a deletion set', () => {
    fc.assert(
      fc.property(history, tightBounds, (transactions, tight) => {
        for (const update of written(transactions).document.tail(0, tight)) {
          expect(update.length).toBeLessThanOrEqual(tight.updateMaxBytes)
          expect(update[1]).toBeLessThanOrEqual(tight.structsPerUpdateMax)
          expect(update.at(-1)).toBe(0)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('is nothing where nothing is newer', () => {
    const { document } = written([[1, 2], [1]])
    expect(document.tail(3, bounds)).toEqual([])
    expect(document.tail(99, bounds)).toEqual([])
    expect(empty().tail(0, bounds)).toEqual([])
  })

  test('costs few bytes: the text of a key travels once', () => {
    const document = empty()
    for (const stamp of [1, 2]) {
      const standings = standingsFrom(document.clock, [['PJSIP/a-rather-long-device-name', value(stamp)]])
      document.write(standings, document.prospect(standings))
    }
    expect(document.tail(1, bounds)[0]?.length).toBeLessThan(20)
  })
})
