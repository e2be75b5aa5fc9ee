import { describe, expect, it } from 'vitest'
import { addBit, BitRows, hasBit, moveNew, numbersOf, type Bits } from '../../src/node/bit-rows.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { seed } from '../support/seed.ts'

const ascending = (numbers: Iterable<number>): number[] => [...numbers].sort((a, b) => a - b)

/** Rows of bits, and sets of numbers that should have the same in them. */
class Both {
  readonly bits = new BitRows()
  readonly sets: Set<number>[] = []
  readonly #random = seededRandom(seed)

  grow(size: number): void {
    this.bits.reserve(size)
    while (this.sets.length < size) this.sets.push(new Set())
  }

  below(limit: number): number {
    return this.#random.below(limit)
  }

  setOf(row: number): Set<number> {
    return this.sets[row] ?? new Set()
  }

  /** Some numbers, twice. */
  some(count: number): { readonly set: Set<number>; readonly bits: Bits } {
    const [set, bits] = [new Set<number>(), this.bits.none()]
    for (let times = 0; times < count; times += 1) {
      const number = this.below(this.sets.length)
      set.add(number)
      addBit(bits, number)
    }
    return { set, bits }
  }
}

describe('rows of bits', () => {
  it('are what sets of numbers would be, while they grow', () => {
    const both = new Both()
    for (const size of [1, 31, 32, 33, 65, 200]) {
      both.grow(size)
      for (let times = 0; times < 1000; times += 1) {
        const [row, number] = [both.below(size), both.below(size)]
        const set = both.setOf(row)
        if (times % 3 > 0) {
          expect(both.bits.add(row, number)).toBe(!set.has(number))
          set.add(number)
        } else expect(both.bits.delete(row, number)).toBe(set.delete(number))
        expect(both.bits.has(row, number)).toBe(set.has(number))
      }
      for (let row = 0; row < size; row += 1) {
        expect(both.bits.numbersOf(row)).toEqual(ascending(both.setOf(row)))
        expect(both.bits.count(row)).toBe(both.setOf(row).size)
      }
      const cleared = both.below(size)
      both.bits.clear(cleared)
      both.setOf(cleared).clear()
      for (let row = 0; row < size; row += 1) expect(both.bits.count(row)).toBe(both.setOf(row).size)
    }
  })

  it('are compared with sets of bits', () => {
    const both = new Both()
    both.grow(100)
    for (let row = 0; row < 100; row += 1) {
      const before = both.some(row)
      both.bits.replace(row, before.bits)
      expect(both.bits.numbersOf(row)).toEqual(ascending(before.set))
      const now = both.some(20)
      const common = [...now.set].filter((number) => before.set.has(number))
      expect(both.bits.countIn(row, now.bits)).toBe(common.length)
      expect(both.bits.meets(row, now.bits)).toBe(common.length > 0)
      const sum = now.bits.slice()
      both.bits.addTo(sum, row)
      expect(numbersOf(sum)).toEqual(ascending(new Set([...before.set, ...now.set])))
      const changed = [...before.set, ...now.set].filter((number) => before.set.has(number) !== now.set.has(number))
      expect(both.bits.replace(row, now.bits)).toEqual(ascending(changed))
      both.bits.without(row, before.bits)
      expect(both.bits.numbersOf(row)).toEqual(ascending([...now.set].filter((number) => !before.set.has(number))))
    }
  })

  it('tell what is new in a set, and of that only what may be in it', () => {
    const both = new Both()
    both.grow(100)
    const [set, within, known] = [both.some(40), both.some(50), both.some(50)]
    const news = [...set.set].filter((number) => within.set.has(number) && !known.set.has(number))
    expect(moveNew(set.bits, within.bits, known.bits)).toBe(news.length > 0)
    expect(numbersOf(set.bits)).toEqual(ascending(news))
    expect([...known.set, ...news].every((number) => hasBit(known.bits, number))).toBe(true)
    expect(moveNew(set.bits, within.bits, known.bits)).toBe(false)
  })
})
