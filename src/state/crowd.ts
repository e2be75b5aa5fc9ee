import type { EntityId } from './entity-id.ts'
import { isSome, type Accumulator, type Reducer } from './reducer.ts'
import type { Said } from './said.ts'

/** From this many entries on an accumulator is kept. Below, folding anew costs less than the accumulator's memory. */
const manyEntries = 12

/** What several entities say of one key. */
export class Crowd<Value, Summary> {
  readonly #reducer: Reducer<Value, Summary>
  /**
   * By entity ID, so that a look-up is a binary search and every node hands the entries over in the same order. A new
   * array whenever its length changes: one that grows in place keeps room for 17.
   */
  #said: Said<Value>[] = []
  #counted = 0
  #accumulator: Accumulator<Value, Summary> | undefined = undefined

  constructor(reducer: Reducer<Value, Summary>) {
    this.#reducer = reducer
  }

  get said(): readonly Said<Value>[] {
    return this.#said
  }

  get countedSize(): number {
    return this.#counted
  }

  /** The entries that count. */
  counted(): readonly Said<Value>[] {
    return this.#counted === this.#said.length ? this.#said : this.#said.filter(({ source }) => source.counted)
  }

  /** The fold over those that count; undefined where nobody does. */
  fold(): Summary | undefined {
    if (this.#accumulator !== undefined) return this.#accumulator.result()
    const entries = this.counted()
    return isSome(entries) ? this.#reducer.reduce(entries) : undefined
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

  remove(entity: EntityId): void {
    const place = this.#place(entity)
    const before = this.#said[place]
    if (before?.entity !== entity) return
    if (before.source.counted) this.#discount(before)
    this.#said = this.#said.toSpliced(place, 1)
  }

  /** The entity of `said` counts from now on, or no longer; its `source` has been changed already. */
  recount(said: Said<Value>): void {
    if (said.source.counted) this.#count(said)
    else this.#discount(said)
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
    const accumulator = this.#reducer.accumulator?.()
    if (accumulator === undefined) return
    for (const said of this.#said) if (said.source.counted) accumulator.add(said)
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
