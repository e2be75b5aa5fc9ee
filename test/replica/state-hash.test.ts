import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EntityDocument } from '../../src/replica/entity-document.ts'
import { StateHash, type Standing } from '../../src/replica/state-hash.ts'
import { textOf } from '../../src/runtime/byte-text.ts'
import '../support/seed.ts'
import { channel, entity, standingsFrom, value } from './setup.ts'

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest()

/** The definition, written down a second time: everything from the entries, nothing kept. */
function recomputed(entries: ReadonlyMap<string, Standing>): Uint8Array {
  const buckets = Array.from({ length: 512 }, (): string[] => [])
  for (const key of entries.keys()) {
    let hash = 0x811c9dc5
    for (const unit of Array.from({ length: key.length }, (_, at) => key.charCodeAt(at))) {
      hash = Math.imul(hash ^ unit, 0x01000193)
    }
    buckets[((hash >>> 18) ^ (hash >>> 9) ^ hash) & 511]?.push(key)
  }
  const bucketHash = (keys: string[]): Uint8Array => {
    if (keys.length === 0) return new Uint8Array(32)
    const parts = keys.sort().map((key) => {
      const { clock, value: held } = entries.get(key) ?? { clock: 0, value: '' }
      const value = Buffer.from(held, 'latin1')
      const text = Buffer.from(key)
      const numbers = Buffer.alloc(16)
      numbers.writeUInt32BE(text.length)
      numbers.writeBigUInt64BE(BigInt(clock), 4)
      numbers.writeUInt32BE(value.length, 12)
      return Buffer.concat([numbers.subarray(0, 4), text, numbers.subarray(4), value])
    })
    return sha256(Buffer.concat(parts))
  }
  const groups = Array.from({ length: 32 }, (_, at) => {
    const part = buckets.slice(at * 16, at * 16 + 16)
    return part.every((keys) => keys.length === 0) ? new Uint8Array(32) : sha256(Buffer.concat(part.map(bucketHash)))
  })
  return sha256(Buffer.concat(groups))
}

/** A document, and what stands in it. */
function subject(): {
  readonly document: EntityDocument
  readonly write: (values: Iterable<[string, Uint8Array]>) => void
  readonly entries: Map<string, Standing>
} {
  const document = new EntityDocument({ entity: entity(1), channel, shard: 0 }, { incarnation: 1, nonce: 1 }, 1)
  const entries = new Map<string, Standing>()
  return {
    document,
    entries,
    write(values) {
      const standings = standingsFrom(document.clock, values)
      const before = document.stateHash
      const prospect = document.prospect(standings)
      expect(document.stateHash).toBe(before)
      document.write(standings, prospect)
      for (const [key, standing] of standings) entries.set(key, standing)
      expect(document.stateHash).toEqual(prospect.root)
    },
  }
}

const batch = fc.array(fc.tuple(fc.string({ unit: 'grapheme', maxLength: 6 }), fc.uint8Array({ maxLength: 12 })), {
  maxLength: 12,
})

describe('the state hash', () => {
  test('kept up to date equals the one computed from scratch', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 12 }), (batches) => {
        const { document, write, entries } = subject()
        for (const values of batches) {
          write(new Map(values))
          expect(Buffer.compare(document.stateHash, recomputed(entries))).toBe(0)
        }
      }),
      { numRuns: 200 },
    )
  })

  test('holds for full documents and for entries larger than the buffer they are gathered in', () => {
    const { document, write, entries } = subject()
    write(Array.from({ length: 4096 }, (_, at) => [`PJSIP/phone-${at}`, value(at)]))
    expect(Buffer.compare(document.stateHash, recomputed(entries))).toBe(0)
    write([
      ['PJSIP/phone-7', new Uint8Array(100_000).fill(7)],
      ['k'.repeat(70_000), value(1)],
      ['PJSIP/phone-8', new Uint8Array(65_000).fill(8)],
    ])
    expect(Buffer.compare(document.stateHash, recomputed(entries))).toBe(0)
  })

  test('tells the place of an entry, its key and its value apart', () => {
    const one = (key: string, clock: number, bytes: Uint8Array): Uint8Array =>
      new StateHash(new Map()).prospect(new Map([[key, { clock, value: textOf(bytes) }]])).root
    const roots = [
      one('a', 1, value(1)),
      one('a', 2, value(1)),
      one('a', 2 ** 32 + 1, value(1)),
      one('b', 1, value(1)),
      one('a', 1, value(2)),
      one('a', 1, new Uint8Array(0)),
      new StateHash(new Map()).root,
    ]
    expect(new Set(roots.map((root) => Buffer.from(root).toString('hex'))).size).toBe(roots.length)
  })
})
