import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seal, sealOf, unseal } from '../../src/storage/seal.ts'
import { decodeTally, emptyTally, encodeTally, retally, tallyFault, type Tally } from '../../src/storage/tally.ts'
import '../support/seed.ts'

const bytes = (): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: 40 })

describe('seal', () => {
  test('opens under its own key only, and not when any bit was turned', () => {
    fc.assert(
      fc.property(bytes(), bytes(), fc.nat(), (key, value, at) => {
        const sealed = seal(key, value)
        expect(unseal(key, sealed)).toEqual(value)
        expect(unseal(Uint8Array.of(...key, 0), sealed)).toBeUndefined()
        const turned = sealed.slice()
        const place = at % (turned.length * 8)
        turned[place >> 3] = (turned[place >> 3] ?? 0) ^ (1 << (place & 7))
        expect(unseal(key, turned)).toBeUndefined()
      }),
    )
  })

  test('any bytes give a value or undefined', () => {
    fc.assert(fc.property(bytes(), bytes(), (key, sealed) => void unseal(key, sealed)))
  })
})

describe('tally', () => {
  const entries = fc.dictionary(fc.string({ minLength: 1, maxLength: 3 }), bytes(), { maxKeys: 12 })
  const tallyOf = (map: Record<string, Uint8Array>): Tally => {
    let tally = emptyTally
    for (const [key, value] of Object.entries(map))
      tally = retally(tally, undefined, sealOf(seal(Buffer.from(key), value)))
    return tally
  }

  test('following changes gives the same as counting anew', () => {
    fc.assert(
      fc.property(entries, entries, (before, after) => {
        const sealIn = (map: Record<string, Uint8Array>, key: string): number | undefined => {
          const value = Object.hasOwn(map, key) ? map[key] : undefined
          return value && sealOf(seal(Buffer.from(key), value))
        }
        let tally = tallyOf(before)
        for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
          tally = retally(tally, sealIn(before, key), sealIn(after, key))
        }
        expect(tally).toEqual(tallyOf(after))
        expect(tallyFault(tally, tallyOf(after), 0)).toBeUndefined()
      }),
    )
  })

  test('a lost, an altered and an older entry each show', () => {
    const whole = tallyOf({ a: Uint8Array.of(1), b: Uint8Array.of(2) })
    expect(tallyFault(whole, tallyOf({ a: Uint8Array.of(1) }), 0)).toContain('holds 1 entries, and 2 were written')
    const other = tallyOf({ a: Uint8Array.of(1), b: Uint8Array.of(3) })
    expect(tallyFault(whole, other, 0)).toContain('not what was written last')
    expect(tallyFault({ ...whole, commits: 4 }, whole, 6)).toContain('last 2 acknowledged writes are gone')
  })

  test('survives its encoding; a foreign layout and garbage are told apart', () => {
    const tally: Tally = { commits: 2 ** 40, entries: 7, sum: 0xffff_ffff }
    expect(decodeTally(encodeTally(tally))).toEqual({ kind: 'tally', tally })
    expect(decodeTally(seal(Buffer.from('\0tally'), Uint8Array.of(9, 1, 2)))).toEqual({
      kind: 'other-layout',
      layout: 9,
    })
    expect(decodeTally(seal(Buffer.from('\0tally'), Uint8Array.of(1, 1, 2)))).toEqual({ kind: 'unreadable' })
    fc.assert(fc.property(bytes(), (garbage) => decodeTally(garbage).kind === 'unreadable'))
  })
})
