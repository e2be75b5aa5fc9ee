import { Crowd } from './crowd.ts'
import type { EntityId } from './entity-id.ts'
import { isSome, type Reducer, type SomeEntries } from './reducer.ts'
import type { Said, Source } from './said.ts'
import type { Stamp } from './stamp.ts'

/**
 * What all entities say of one key, and its fold over those that count. There are a hundred thousand keys and nearly every one is
 * said by a single entity, so the cell is that one's entry, too, and what several need is made for several only.
 */
export class Cell<Value, Summary> {
  readonly reducer: Reducer<Value, Summary>
  /** The fold as of the last `refold`; undefined where no entity that counts says anything. */
  folded: Summary | undefined = undefined
  /** Who says it. */
  #by: Source | Crowd<Value, Summary> | undefined = undefined
  /** What is said, and when, where it is one entity that says it. */
  #value: Value | undefined = undefined
  #stamp: number = Number.NaN

  constructor(reducer: Reducer<Value, Summary>) {
    this.reducer = reducer
  }

  get isEmpty(): boolean {
    return this.#by === undefined
  }

  /** By entity ID. */
  get said(): readonly Said<Value>[] {
    const by = this.#by
    if (by === undefined) return []
    return by instanceof Crowd ? by.said : [Cell.#saidBy(by, this)]
  }

  find(entity: EntityId): Said<Value> | undefined {
    const by = this.#by
    if (by instanceof Crowd) return by.find(entity)
    return by?.entity === entity ? Cell.#saidBy(by, this) : undefined
  }

  put(said: Said<Value>): void {
    const by = this.#by
    if (by instanceof Crowd) by.put(said)
    else if (by === undefined || by.entity === said.entity) Cell.#become(this, said)
    else {
      const crowd = new Crowd(this.reducer)
      crowd.put(Cell.#saidBy(by, this))
      crowd.put(said)
      this.#by = crowd
      this.#value = undefined
    }
  }

  remove(entity: EntityId): void {
    const by = this.#by
    if (by instanceof Crowd) {
      by.remove(entity)
      const [first, second] = by.said
      if (first !== undefined && second === undefined) Cell.#become(this, first)
    } else if (by?.entity === entity) {
      this.#by = undefined
      this.#value = undefined
    }
  }

  /** The entity of `said` counts from now on, or no longer; its `source` has been changed already. */
  recount(said: Said<Value>): void {
    if (this.#by instanceof Crowd) this.#by.recount(said)
  }

  /** Brings `folded` up to date. */
  refold(): void {
    const by = this.#by
    if (by instanceof Crowd) this.folded = by.fold()
    else this.folded = by?.counted === true ? this.reducer.reduce([Cell.#saidBy(by, this)]) : undefined
  }

  /** The entries that count. There is at least one, or this must not be asked. */
  counted(): SomeEntries<Value> {
    const entries = this.#by instanceof Crowd ? this.#by.counted() : this.said.filter(({ source }) => source.counted)
    if (isSome(entries)) return entries
    throw new RangeError('no entry counts')
  }

  get countedSize(): number {
    if (this.#by instanceof Crowd) return this.#by.countedSize
    return this.#by?.counted === true ? 1 : 0
  }

  // Private methods would mark each cell as one that has them, with 8 bytes.

  static #become<Value, Summary>(cell: Cell<Value, Summary>, { source, value, stamp }: Said<Value>): void {
    cell.#by = source
    cell.#value = value
    cell.#stamp = stamp
  }

  /** The entry that a cell is. */
  static #saidBy<Value, Summary>(source: Source, cell: Cell<Value, Summary>): Said<Value> {
    return { entity: source.entity, value: cell.#value as Value, stamp: cell.#stamp as Stamp, source }
  }
}
