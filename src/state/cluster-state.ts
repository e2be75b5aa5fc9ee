import { Cell } from './cell.ts'
import type { EntityId } from './entity-id.ts'
import type { Entry } from './entry.ts'
import type { Explanation, Reducer } from './reducer.ts'
import type { Source } from './said.ts'
import { stampFar, type Stamp } from './stamp.ts'

/** A change of the cluster state. Undefined: no entity that counts says anything of the key. `before` and `after` differ. */
export interface Difference<Summary> {
  readonly key: string
  readonly before: Summary | undefined
  readonly after: Summary | undefined
}

/** An entry, and whether its entity is alive and so counts. */
export interface CountedEntry<Value> extends Entry<Value> {
  readonly counted: boolean
}

/** What a key's value is made of. */
export interface KeyExplanation<Value, Summary> extends Explanation {
  readonly key: string
  /** The folded value; undefined where no entity that counts says anything. */
  readonly value: Summary | undefined
  /** Name of the reducer. */
  readonly reducer: string
  /** All entries, by entity ID, also those that do not count. */
  readonly entries: readonly CountedEntry<Value>[]
}

/**
 * The cluster state of one event channel: what all entities say of each key, folded over the entities that are alive.
 *
 * Entities do not count until `setCounted` says so. Each mutator returns what it changed in the folded values. The result
 * depends on the entries and on who counts only, never on the order of calls.
 */
export class ClusterState<Value, Summary = Value> {
  readonly #reducerFor: (key: string) => Reducer<Value, Summary>
  readonly #sameSummary: (a: Summary, b: Summary) => boolean
  readonly #cells = new Map<string, Cell<Value, Summary>>()
  /** Those that say something. */
  readonly #sources = new Map<EntityId, Source>()
  /** Those that count, whether or not they say anything: in a large cluster nearly all of them say nothing. */
  readonly #counted = new Set<EntityId>()
  #size = 0
  #entryCount = 0

  /** `reducerFor` must not change its mind on a key. `same` tells which folded values are one and no difference. */
  constructor(
    reducerFor: (key: string) => Reducer<Value, Summary>,
    same: (a: Summary, b: Summary) => boolean = Object.is,
  ) {
    this.#reducerFor = reducerFor
    this.#sameSummary = same
  }

  /** Keys that have a folded value. */
  get size(): number {
    return this.#size
  }

  /** Entries of all entities, counted or not. */
  get entryCount(): number {
    return this.#entryCount
  }

  /** The folded value; undefined where no entity that counts says anything of the key. */
  get(key: string): Summary | undefined {
    return this.#cells.get(key)?.folded
  }

  /** The keys that have a folded value. */
  *keys(): Generator<string, void> {
    for (const [key, cell] of this.#cells) if (cell.countedSize > 0) yield key
  }

  /** Every entity's entry of a key, by entity ID. */
  entriesOf(key: string): CountedEntry<Value>[] {
    return (this.#cells.get(key)?.said ?? []).map(({ entity, value, stamp, source }) => ({
      entity,
      value,
      stamp,
      counted: source.counted,
    }))
  }

  /** What an entity says of a key. */
  entryOf(entity: EntityId, key: string): Entry<Value> | undefined {
    return this.#cells.get(key)?.find(entity)
  }

  /**
   * The stamp that an entity's next word on a key has to be above: the latest. Far ones are left out where they are its own, or of somebody who does not count: they
   * run out, and whoever had answered one would be the last to have a say.
   */
  latestStamp(key: string, writer: EntityId): Stamp | undefined {
    let latest: Stamp | undefined
    for (const { entity, stamp, source } of this.#cells.get(key)?.said ?? []) {
      if (stamp >= stampFar && (entity === writer || !source.counted)) continue
      if (latest === undefined || stamp > latest) latest = stamp
    }
    return latest
  }

  /** Of how many keys an entity says something. */
  entriesBy(entity: EntityId): number {
    return this.#sources.get(entity)?.keys.size ?? 0
  }

  isCounted(entity: EntityId): boolean {
    return this.#counted.has(entity)
  }

  /** The entity says `value` of `key`, in place of what it said before. */
  put(entity: EntityId, key: string, value: Value, stamp: Stamp): readonly Difference<Summary>[] {
    const source = this.#source(entity)
    const cell = this.#cell(key)
    if (!source.keys.has(key)) {
      source.keys.add(key)
      this.#entryCount += 1
    }
    cell.put({ entity, value, stamp, source })
    return source.counted ? this.#refold([key]) : []
  }

  /** The entity says nothing of `key` any more. */
  remove(entity: EntityId, key: string): readonly Difference<Summary>[] {
    const source = this.#sources.get(entity)
    if (source === undefined || !source.keys.delete(key)) return []
    this.#cells.get(key)?.remove(entity)
    this.#entryCount -= 1
    const differences = this.#refold([key])
    this.#tidy(source)
    return differences
  }

  /** The entity's entries count from now on, or no longer. They are kept either way. */
  setCounted(entity: EntityId, counted: boolean): readonly Difference<Summary>[] {
    if (this.isCounted(entity) === counted) return []
    if (counted) this.#counted.add(entity)
    else this.#counted.delete(entity)
    const source = this.#sources.get(entity)
    if (source === undefined) return []
    source.counted = counted
    for (const key of source.keys) {
      const cell = this.#cells.get(key)
      const said = cell?.find(entity)
      if (said !== undefined) cell?.recount(said)
    }
    return this.#refold(source.keys)
  }

  /** Drops what the entity says; whether it counts stays. For an entity that begins a new life. */
  clearEntity(entity: EntityId): readonly Difference<Summary>[] {
    const source = this.#sources.get(entity)
    if (source === undefined) return []
    const keys = [...source.keys]
    for (const key of keys) this.#cells.get(key)?.remove(entity)
    source.keys.clear()
    this.#entryCount -= keys.length
    const differences = this.#refold(keys)
    this.#tidy(source)
    return differences
  }

  /** Drops the entity as if it had never been: its entries, and that it counts. */
  removeEntity(entity: EntityId): readonly Difference<Summary>[] {
    const differences = this.clearEntity(entity)
    this.#counted.delete(entity)
    return differences
  }

  /** What the value of a key is made of; undefined where no entity at all says anything of it. */
  explain(key: string): KeyExplanation<Value, Summary> | undefined {
    const cell = this.#cells.get(key)
    if (cell === undefined) return undefined
    const why: Explanation =
      cell.countedSize > 0
        ? cell.reducer.explain(cell.counted())
        : { rule: 'No entity that says anything of it is alive.', decidedBy: [] }
    return { key, value: cell.folded, reducer: cell.reducer.name, entries: this.entriesOf(key), ...why }
  }

  #refold(keys: Iterable<string>): Difference<Summary>[] {
    const differences: Difference<Summary>[] = []
    for (const key of keys) {
      const cell = this.#cells.get(key)
      if (cell === undefined) continue
      const before = cell.folded
      cell.refold()
      if (cell.isEmpty) this.#cells.delete(key)
      const after = cell.folded
      if (this.#same(before, after)) continue
      if (before === undefined) this.#size += 1
      if (after === undefined) this.#size -= 1
      differences.push({ key, before, after })
    }
    return differences
  }

  #same(before: Summary | undefined, after: Summary | undefined): boolean {
    if (before === undefined || after === undefined) return before === after
    return this.#sameSummary(before, after)
  }

  #source(entity: EntityId): Source {
    const known = this.#sources.get(entity)
    if (known !== undefined) return known
    const source: Source = { entity, counted: this.isCounted(entity), keys: new Set() }
    this.#sources.set(entity, source)
    return source
  }

  #cell(key: string): Cell<Value, Summary> {
    const known = this.#cells.get(key)
    if (known !== undefined) return known
    const cell = new Cell(this.#reducerFor(key))
    this.#cells.set(key, cell)
    return cell
  }

  #tidy(source: Source): void {
    if (source.keys.size === 0) this.#sources.delete(source.entity)
  }
}
