import type { EntityId } from './entity-id.ts'
import type { Entry } from './entry.ts'

/** At least one entry, each of another entity, in the order of their entity IDs. */
export type SomeEntries<Value> = readonly [Entry<Value>, ...Entry<Value>[]]

/** Whether there is anything to fold. */
export function isSome<Value>(entries: readonly Entry<Value>[]): entries is SomeEntries<Value> {
  return entries.length > 0
}

/** Why a fold is what it is. */
export interface Explanation {
  /** One sentence: the rule that decided. */
  readonly rule: string
  /** The entities whose entries decided. */
  readonly decidedBy: readonly EntityId[]
}

/**
 * The fold of some entries that can be changed entry by entry. Its result is what `reduce` gives for the entries in it, whatever
 * was added and removed before.
 */
export interface Accumulator<Value, Summary> {
  /** Takes in an entry of an entity that has none in. */
  add(entry: Entry<Value>): void
  /** Takes out an entry that was added with this value and stamp. */
  remove(entry: Entry<Value>): void
  /** Called only while at least one entry is in. */
  result(): Summary
}

/**
 * Folds what all live entities say of one key to one value.
 *
 * It is a pure function of the set of entries: nothing else may decide, no clock and no earlier result, or the nodes of a
 * cluster would show different lamps. It must not throw. Where nobody alive says anything there is nothing to fold, and
 * it is not asked.
 */
export interface Reducer<Value, Summary = Value> {
  /** As people choose it: `join`, `latest`. */
  readonly name: string
  /** The value of the key. It must be plain data, such as JSON can say: nodes compare it as that. */
  reduce(entries: SomeEntries<Value>): Summary
  /** Why the value is what it is. */
  explain(entries: SomeEntries<Value>): Explanation
  /** The same fold, kept up to date; for keys of which many entities speak. Without it they are folded anew. */
  accumulator?(): Accumulator<Value, Summary>
}
