import { Crowd } from './crowd.ts'
import type { EntityId } from './entity-id.ts'
import type { Entry } from './entry.ts'
import type { Reducer, SomeEntries } from './reducer.ts'
import type { Said } from './said.ts'

/**
 * What all entities say of one key, and its fold over those that count. There are a hundred thousand keys and nearly every one is
 * said by a single entity, so that entry stands here as it is, and what several need is made for several only.
 */
export class Cell<Value, Summary> {
  readonly reducer: Reducer<Value, Summary>
  /** The fold as of the last `refold`; undefined where no entity that counts says anything. */
  folded: Summary | undefined = undefined
  #said: Said<Value> | Crowd<Value, Summary> | undefined = undefined

  constructor(reducer: Reducer<Value, Summary>) {
    this.reducer = reducer
  }

  /** By entity ID. */
  get said(): readonly Said<Value>[] {
    if (this.#said instanceof Crowd) return this.#said.said
    return this.#said === undefined ? [] : [this.#said]
  }

  get isEmpty(): boolean {
    return this.#said === undefined
  }

  find(entity: EntityId): Said<Value> | undefined {
    if (this.#said instanceof Crowd) return this.#said.find(entity)
    return this.#said?.entity === entity ? this.#said : undefined
  }

  put(said: Said<Value>): void {
    const before = this.#said
    if (before instanceof Crowd) before.put(said)
    else if (before === undefined || before.entity === said.entity) this.#said = said
    else {
      this.#said = new Crowd(this.reducer)
      this.#said.put(before)
      this.#said.put(said)
    }
  }

  remove(entity: EntityId): void {
    if (this.#said instanceof Crowd) {
      this.#said.remove(entity)
      if (this.#said.said.length === 1) this.#said = this.#said.said[0]
    } else if (this.#said?.entity === entity) this.#said = undefined
  }

  /** The entity of `said` counts from now on, or no longer; its `source` has been changed already. */
  recount(said: Said<Value>): void {
    if (this.#said instanceof Crowd) this.#said.recount(said)
  }

  /** Brings `folded` up to date. */
  refold(): void {
    if (this.countedSize === 0) this.folded = undefined
    else {
      const kept = this.#said instanceof Crowd ? this.#said.result() : undefined
      this.folded = kept ?? this.reducer.reduce(this.counted())
    }
  }

  /** The entries that count. There is at least one, or this must not be asked. */
  counted(): SomeEntries<Value> {
    const entries =
      this.#said instanceof Crowd ? this.#said.counted() : this.said.filter(({ source }) => source.counted)
    if (isSome(entries)) return entries
    throw new RangeError('no entry counts')
  }

  get countedSize(): number {
    if (this.#said instanceof Crowd) return this.#said.countedSize
    return this.#said?.source.counted === true ? 1 : 0
  }
}

function isSome<Value>(entries: readonly Entry<Value>[]): entries is SomeEntries<Value> {
  return entries.length > 0
}
