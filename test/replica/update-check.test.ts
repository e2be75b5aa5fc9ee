import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate, type Map as YMap } from 'yjs'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { checkRun } from '../../src/replica/update-check.ts'
import { textOf } from '../../src/runtime/byte-text.ts'
import '../support/seed.ts'
import { attacks, item, standingClock, standingUpdate, update } from './hostile-update.ts'
import { bounds, channel, entity, limits, standingsFrom, value } from './setup.ts'

const absent = new Uint8Array(0)

const empty = (): EntityDocument =>
  new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 1, nonce: 1 }, 1)

/** A document with `updates` in it. */
function documentOf(updates: readonly Uint8Array[], end: number): EntityDocument {
  const document = empty()
  const run = checkRun(document, updates, end, limits)
  if (typeof run === 'string') throw new Error(run)
  document.take(run, document.prospect(run.standings))
  return document
}

/** A plain `Y.Doc` beside it, to look inside. */
function plainDoc(updates: readonly Uint8Array[]): { doc: Doc; map: YMap<Uint8Array> } {
  const doc = new Doc()
  doc.clientID = 0
  const map: YMap<Uint8Array> = doc.getMap('m')
  for (const bytes of updates) applyUpdate(doc, bytes)
  return { doc, map }
}

/** Nothing foreign is in, what is in is what the check foretold, and a document that takes it is then what Yjs is. */
function expectClean(updates: readonly Uint8Array[], base: readonly Uint8Array[], end: number): void {
  const { doc, map } = plainDoc([...base, ...updates])
  expect(doc.store.pendingStructs).toBeNull()
  expect(doc.store.pendingDs).toBeNull()
  expect([...doc.share.keys()]).toEqual(['m'])
  expect([...doc.store.clients.keys()]).toEqual([1])
  const last = doc.store.clients.get(1)?.at(-1)
  expect((last?.id.clock ?? 0) + (last?.length ?? 0)).toBe(end)
  const ground = documentOf(base, standingClock)
  const run = checkRun(ground, updates, end, limits)
  if (typeof run === 'string') throw new Error(run)
  for (const [key, standing] of run.standings) {
    expect(textOf(map.get(key) ?? value(0, 255))).toBe(standing.value)
  }
  ground.take(run, ground.prospect(run.standings))
  const copy = plainDoc(ground.tail(0, bounds)).doc
  expect(Buffer.compare(encodeStateAsUpdate(copy), encodeStateAsUpdate(doc))).toBe(0)
}

describe('the check', () => {
  test('takes what the owner writes, and foretells it', () => {
    const writes = fc.array(
      fc.uniqueArray(fc.tuple(fc.nat({ max: 9 }), fc.boolean()), {
        selector: ([key]) => key,
        minLength: 1,
        maxLength: 5,
      }),
      { minLength: 1, maxLength: 20 },
    )
    fc.assert(
      fc.property(writes, fc.nat(), fc.integer({ min: 1, max: 5 }), (batches, at, structsPerUpdateMax) => {
        const owner = empty()
        const copy = empty()
        const cut = at % batches.length
        for (const [index, batch] of batches.entries()) {
          const values = batch.map(([key, isLive]): [string, Uint8Array] => [`k${key}`, isLive ? value(index) : absent])
          const standings = standingsFrom(owner.clock, values)
          owner.write(standings, owner.prospect(standings))
          if (index !== cut && index !== batches.length - 1) continue
          const tail = owner.tail(copy.clock, { ...bounds, structsPerUpdateMax })
          const run = checkRun(copy, tail, owner.clock, limits)
          if (typeof run === 'string') throw new Error(run)
          const prospect = copy.prospect(run.standings)
          expect(prospect.root).toEqual(owner.stateHash)
          copy.take(run, prospect)
          expect(new Map(copy.entries())).toEqual(new Map(owner.entries()))
          expect(copy.live).toBe(owner.live)
          expect(copy.structCount).toBe(owner.structCount)
        }
      }),
      { numRuns: 300 },
    )
  })

  test('takes values that were overwritten on their way, and keys that are only odd', () => {
    const ground = documentOf([standingUpdate()], standingClock)
    const updates = [
      update(3, item.follow(2, value(4)), item.introduce('__proto__', value(5))),
      update(5, item.follow(3, value(6)), item.introduce('\ufeffé', absent)),
    ]
    const run = checkRun(ground, updates, 7, limits)
    expect(run).toEqual({
      standings: new Map([
        ['__proto__', { clock: 4, value: textOf(value(5)) }],
        ['a', { clock: 5, value: textOf(value(6)) }],
        ['\ufeffé', { clock: 6, value: '' }],
      ]),
      clocks: [3, 4, 5, 6],
      links: [2, '__proto__', 3, '\ufeffé'],
    })
    expect([...(typeof run === 'object' ? run.standings.values() : [])].map(({ clock }) => clock)).toEqual([4, 5, 6])
    expectClean(updates, [standingUpdate()], 7)
  })

  test('takes an update that says nothing only where there is nothing', () => {
    const nothing = Uint8Array.of(0, 0)
    expect(checkRun(empty(), [nothing], 0, limits)).toEqual({ standings: new Map(), clocks: [], links: [] })
    expect(checkRun(empty(), [nothing, nothing], 0, limits)).toBe('wrong-end')
    expect(checkRun(empty(), [], 0, limits)).toBe('wrong-end')
    expect(checkRun(empty(), [], 1, limits)).toBe('wrong-end')
  })

  test.each(attacks())('refuses $name', ({ updates, end, fault }) => {
    const ground = documentOf([standingUpdate()], standingClock)
    // The least of three: what hangs does so each time, and what the machine does meanwhile does not.
    const tookMs = [1, 2, 3].map(() => {
      const before = performance.now()
      expect(checkRun(ground, updates, end, limits)).toBe(fault)
      return performance.now() - before
    })
    expect(Math.min(...tookMs)).toBeLessThan(50)
  })

  test('refuses the same ones against an empty document', () => {
    for (const { updates, end } of attacks()) expect(typeof checkRun(empty(), updates, end, limits)).toBe('string')
  })

  test('refuses a good update cut short at any byte', () => {
    const whole = standingUpdate()
    for (let length = 0; length < whole.length; length += 1) {
      expect(typeof checkRun(empty(), [whole.subarray(0, length)], standingClock, limits)).toBe('string')
    }
  })

  test('counts keys and structs with those that are there', () => {
    const ground = documentOf([standingUpdate()], standingClock)
    const keys = [update(3, item.introduce('c', value(1)), item.introduce('d', value(1)))]
    expect(typeof checkRun(ground, keys, 5, { ...limits, keysPerDocumentMax: 4 })).toBe('object')
    expect(checkRun(ground, keys, 5, { ...limits, keysPerDocumentMax: 3 })).toBe('too-many-keys')
    // 2 * (3 * 2 + 64) structs are the bound, 3 are there, and one key written again and again is as good as any.
    const small = { ...limits, keysPerDocumentMax: 2 }
    const flips = (count: number): Uint8Array[] =>
      Array.from({ length: count }, (_, at) => update(3 + at, item.follow(2 + at, value(at))))
    expect(typeof checkRun(ground, flips(137), 140, small)).toBe('object')
    expect(checkRun(ground, flips(138), 141, small)).toBe('too-many-items')
  })

  test('stays quick for the costliest run it admits', () => {
    const flips = Array.from({ length: 4096 }, (_, at) =>
      at === 0 ? item.introduce('k', absent) : item.follow(at - 1, absent),
    )
    const bytes = update(0, ...flips)
    const before = performance.now()
    const document = documentOf([bytes], 4096)
    expect(performance.now() - before).toBeLessThan(1000)
    expect(document.structCount).toBe(2)
  })
})

// P4
describe('no sequence of bytes gets anything foreign in (invariants 6 and 10)', () => {
  const base = [standingUpdate()]
  const valid = (): Uint8Array[] => [
    update(3, item.follow(2, value(4))),
    update(3, item.follow(2, value(4)), item.introduce('c', value(5)), item.follow(1, absent)),
    update(
      3,
      item.deleteAfter(2, 3),
      item.introduceDeleted('c', 2),
      item.follow(5, value(6)),
      item.follow(7, value(1)),
    ),
    ...attacks().map(({ updates }) => updates[0] ?? new Uint8Array(0)),
  ]
  const check = (bytes: Uint8Array, end: number): void => {
    const ground = documentOf(base, standingClock)
    const run = checkRun(ground, [bytes], end, limits)
    if (typeof run === 'string') expect(run).toMatch(/^[a-z-]+$/)
    else expectClean([bytes], base, end)
  }

  test('by changing good and bad updates', () => {
    const edit = fc.record({
      at: fc.nat({ max: 40 }),
      remove: fc.nat({ max: 3 }),
      insert: fc.array(fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 2, 3, 0x21, 0x23, 0xa1, 0xa3)), {
        maxLength: 3,
      }),
    })
    const inputs = fc.record({ from: fc.nat(), edits: fc.array(edit, { maxLength: 3 }), more: fc.nat({ max: 8 }) })
    const updates = valid()
    fc.assert(
      fc.property(inputs, ({ from, edits, more }) => {
        const bytes = [...(updates[from % updates.length] ?? [])].slice(0, 200)
        for (const { at, remove, insert } of edits) bytes.splice(at % (bytes.length + 1), remove, ...insert)
        check(Uint8Array.from(bytes), standingClock + more)
      }),
      { numRuns: 10_000 },
    )
  })

  test('by chance', () => {
    const bytes = fc.uint8Array({ maxLength: 40 })
    fc.assert(
      fc.property(bytes, fc.nat({ max: 8 }), (random, more) => check(random, standingClock + more)),
      {
        numRuns: 5000,
      },
    )
  })

  test('by joining items as they come', () => {
    const content = fc.constantFrom(absent, value(1), value(2))
    const key = fc.constantFrom('a', 'b', 'c', 'd')
    const length = fc.nat({ max: 3 })
    const origin = fc.nat({ max: 8 })
    const struct = fc.oneof(
      fc.tuple(origin, content).map(([after, bytes]) => ({ length: 1, bytes: item.follow(after, bytes) })),
      fc.tuple(key, content).map(([name, bytes]) => ({ length: 1, bytes: item.introduce(name, bytes) })),
      fc.tuple(origin, length).map(([after, count]) => ({ length: count, bytes: item.deleteAfter(after, count) })),
      fc.tuple(key, length).map(([name, count]) => ({ length: count, bytes: item.introduceDeleted(name, count) })),
    )
    const inputs = fc.tuple(fc.array(struct, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 0, 0, 1, -1))
    let admitted = 0
    fc.assert(
      fc.property(inputs, ([structs, error]) => {
        const bytes = update(standingClock, ...structs.map((made) => made.bytes))
        const end = structs.reduce((sum, made) => sum + made.length, standingClock + error)
        check(bytes, end)
        admitted += Number(typeof checkRun(documentOf(base, standingClock), [bytes], end, limits) !== 'string')
      }),
      { numRuns: 5000 },
    )
    // Otherwise this test would say nothing of what is let in.
    expect(admitted).toBeGreaterThan(100)
  })
})
