import type { EntityId } from './entity-id.ts'
import type { Entry } from './entry.ts'
import type { Accumulator, Reducer, SomeEntries } from './reducer.ts'

/** One entity, as the entries it says know it: whether it counts is looked up here by all of them at once. */
export interface Source {
  readonly entity: EntityId
  counted: boolean
  /** The keys it says something of. */
  readonly keys: Set<string>
}

/** An entry and who says it. */
export interface Said<Value> extends Entry<Value> {
  readonly source: Source
}

/**
 * From this many entries on an accumulator is kept. Below, folding anew costs less than the accumulator's memory: nearly
 * every key is said by one or two entities, and there are a hundred thousand keys.
 */
const manyEntries = 12

/** What all entities say of one key, and its fold over those that count. */
export class Cell<Value, Summary> {
  readonly reducer: Reducer<Value, Summary>
  /** The fold as of the last `refold`; undefined where no entity that counts says anything. */
  folded: Summary | undefined = undefined
  /**
   * By entity ID, so that a look-up is a binary search and every node hands the entries over in the same order. A new
   * array whenever its length changes: one that grows in place keeps room for 17, most of the memory of a cell.
   */
  #said: Said<Value>[] = []
  #counted = 0
  #accumulator: Accumulator<Value, Summary> | undefined = undefined

  constructor(reducer: Reducer<Value, Summary>) {
    this.reducer = reducer
  }

  get said(): readonly Said<Value>[] {
    return this.#said
  }

  find(entity: EntityId): Said<Value> | undefined {
    const found = this.#said[this.#place(entity)]
    return found?.entity === entity ? found : undefined
  }

  put(said: Said<Value>): void {
    const place = this.#place(said.entity)
    const before = this.#said[place]
    if (before?.entity === said.entity) {
      if (before.source.counted) this.#discount(before)
      this.#said[place] = said
    } else {
      this.#said = this.#said.toSpliced(place, 0, said)
    }
    if (said.source.counted) this.#count(said)
  }

  /** False when the entity had said nothing. */
  remove(entity: EntityId): boolean {
    const place = this.#place(entity)
    const before = this.#said[place]
    if (before?.entity !== entity) return false
    if (before.source.counted) this.#discount(before)
    this.#said = this.#said.toSpliced(place, 1)
    return true
  }

  /** The entity of `said` counts from now on, or no longer; its `source` has been changed already. */
  recount(said: Said<Value>): void {
    if (said.source.counted) this.#count(said)
    else this.#discount(said)
  }

  /** Brings `folded` up to date. */
  refold(): void {
    if (this.#counted === 0) this.folded = undefined
    else if (this.#accumulator !== undefined) this.folded = this.#accumulator.result()
    else this.folded = this.reducer.reduce(this.counted())
  }

  /** The entries that count. There is at least one, or this must not be asked. */
  counted(): SomeEntries<Value> {
    const entries = this.#counted === this.#said.length ? this.#said : this.#said.filter(counts)
    if (isSome(entries)) return entries
    throw new RangeError('no entry counts')
  }

  get countedSize(): number {
    return this.#counted
  }

  #count(said: Said<Value>): void {
    this.#counted += 1
    if (this.#accumulator !== undefined) this.#accumulator.add(said)
    else if (this.#counted === manyEntries) this.#accumulate()
  }

  #discount(said: Said<Value>): void {
    this.#counted -= 1
    if (this.#counted < manyEntries / 2) this.#accumulator = undefined
    else this.#accumulator?.remove(said)
  }

  #accumulate(): void {
    const accumulator = this.reducer.accumulator?.()
    if (accumulator === undefined) return
    for (const said of this.#said) if (counts(said)) accumulator.add(said)
    this.#accumulator = accumulator
  }

  /** Where the entity's entry is, or would be put. */
  #place(entity: EntityId): number {
    let [low, high] = [0, this.#said.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.#said[middle]
      if (there !== undefined && there.entity < entity) low = middle + 1
      else high = middle
    }
    return low
  }
}

const counts = (said: Said<unknown>): boolean => said.source.counted

function isSome<Value>(entries: readonly Entry<Value>[]): entries is SomeEntries<Value> {
  return entries.length > 0
}
