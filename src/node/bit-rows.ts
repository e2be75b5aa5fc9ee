/** A set of numbers as bits, as wide as the rows that it is used with. */
export type Bits = Uint32Array

const bitsPerWord = 32

/**
 * A set of numbers for each number, as bits in one block. Of a thousand members each node keeps a thousand such sets, and asks for each message what
 * several of them have in common: lists took three times the room, and twice the time.
 */
export class BitRows {
  #width = 0
  #words: Bits = new Uint32Array(0)

  /** Makes room for numbers below `count`. */
  reserve(count: number): void {
    if (count <= this.#width * bitsPerWord) return
    const width = Math.max(1, 2 * this.#width, Math.ceil(count / bitsPerWord))
    const words = new Uint32Array(width * width * bitsPerWord)
    for (let row = 0; row < this.#width * bitsPerWord; row += 1) {
      words.set(this.#words.subarray(row * this.#width, (row + 1) * this.#width), row * width)
    }
    this.#width = width
    this.#words = words
  }

  /** No number, with room for as many as a row has. */
  none(): Bits {
    return new Uint32Array(this.#width)
  }

  has(row: number, number: number): boolean {
    return ((this.#words[this.#wordAt(row, number)] ?? 0) & bitOf(number)) !== 0
  }

  /** Returns whether the row did not have it. */
  add(row: number, number: number): boolean {
    if (this.has(row, number)) return false
    this.#flip(row, number)
    return true
  }

  /** Returns whether the row had it. */
  delete(row: number, number: number): boolean {
    if (!this.has(row, number)) return false
    this.#flip(row, number)
    return true
  }

  count(row: number): number {
    let count = 0
    for (let at = row * this.#width, end = at + this.#width; at < end; at += 1) count += countOf(this.#words[at] ?? 0)
    return count
  }

  /** The numbers of a row, ascending. */
  numbersOf(row: number): number[] {
    const start = row * this.#width
    const numbers: number[] = []
    for (let at = 0; at < this.#width; at += 1) {
      const word = this.#words[start + at] ?? 0
      if (word !== 0) pushNumbers(numbers, word, at)
    }
    return numbers
  }

  /** Puts other numbers into a row, and returns those that it had and has no more, or the other way round. */
  replace(row: number, numbers: Bits): number[] {
    const start = row * this.#width
    let changed: number[] | undefined
    for (let at = 0; at < this.#width; at += 1) {
      const now = numbers[at] ?? 0
      const difference = now ^ (this.#words[start + at] ?? 0)
      if (difference === 0) continue
      this.#words[start + at] = now
      changed ??= []
      pushNumbers(changed, difference, at)
    }
    return changed ?? []
  }

  clear(row: number): void {
    this.#words.fill(0, row * this.#width, (row + 1) * this.#width)
  }

  /** Takes numbers out of a row. */
  without(row: number, numbers: Bits): void {
    const start = row * this.#width
    for (let at = 0; at < this.#width; at += 1) {
      const word = this.#words[start + at] ?? 0
      this.#words[start + at] = word & ~(numbers[at] ?? 0)
    }
  }

  /** Adds the numbers of a row to a set. */
  addTo(set: Bits, row: number): void {
    const start = row * this.#width
    for (let at = 0; at < this.#width; at += 1) set[at] = (set[at] ?? 0) | (this.#words[start + at] ?? 0)
  }

  /** Whether a row has any number of a set. */
  meets(row: number, set: Bits): boolean {
    const start = row * this.#width
    for (let at = 0; at < this.#width; at += 1) {
      if (((this.#words[start + at] ?? 0) & (set[at] ?? 0)) !== 0) return true
    }
    return false
  }

  /** How many numbers a row has in common with a set. */
  countIn(row: number, set: Bits): number {
    const start = row * this.#width
    let count = 0
    for (let at = 0; at < this.#width; at += 1) count += countOf((this.#words[start + at] ?? 0) & (set[at] ?? 0))
    return count
  }

  #flip(row: number, number: number): void {
    const at = this.#wordAt(row, number)
    this.#words[at] = (this.#words[at] ?? 0) ^ bitOf(number)
  }

  #wordAt(row: number, number: number): number {
    return row * this.#width + (number >>> 5)
  }
}

export function addBit(set: Bits, number: number): void {
  set[number >>> 5] = (set[number >>> 5] ?? 0) | bitOf(number)
}

export const hasBit = (set: Bits, number: number): boolean => ((set[number >>> 5] ?? 0) & bitOf(number)) !== 0

/** Leaves in a set what is in `within` and not in `known` yet, and adds that to `known`. Returns whether anything is left. */
export function moveNew(set: Bits, within: Bits, known: Bits): boolean {
  let isAny = false
  for (let at = 0; at < set.length; at += 1) {
    const news = (set[at] ?? 0) & (within[at] ?? 0) & ~(known[at] ?? 0)
    set[at] = news
    known[at] = (known[at] ?? 0) | news
    if (news !== 0) isAny = true
  }
  return isAny
}

/** The numbers of a set, ascending. */
export function numbersOf(set: Bits): number[] {
  const numbers: number[] = []
  for (let at = 0; at < set.length; at += 1) {
    const word = set[at] ?? 0
    if (word !== 0) pushNumbers(numbers, word, at)
  }
  return numbers
}

function pushNumbers(numbers: number[], word: number, at: number): void {
  for (let rest = word; rest !== 0; rest &= rest - 1) numbers.push(at * bitsPerWord + 31 - Math.clz32(rest & -rest))
}

const bitOf = (number: number): number => 1 << (number & 31)

/** How many bits of a word are set (Warren, "Hacker's Delight", section 5-1). */
function countOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
