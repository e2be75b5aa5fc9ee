import type { Entry } from './entry.ts'
import type { Explanation, Reducer, SomeEntries } from './reducer.ts'
import { stampWallMs } from './stamp.ts'

/**
 * The entry that was written last counts, whoever wrote it: Asterisk's own rule for message waiting, and the shared toggle
 * for `Custom:` states. Of two entries with one stamp that of the higher entity ID (as text) counts.
 *
 * @example
 * ```ts
 * import { defineChannel, latestReducer } from 'lampfield'
 *
 * const isText = (value: unknown): value is string => typeof value === 'string'
 * const notes = defineChannel({ name: 'notes', value: isText, reducer: latestReducer<string>() })
 * console.log(notes.name)
 * ```
 */
export function latestReducer<Value>(): Reducer<Value> {
  return {
    name: 'latest',
    reduce: (entries) => latestOf(entries).value,
    explain: explainLatest,
  }
}

function latestOf<Value>(entries: SomeEntries<Value>): Entry<Value> {
  let latest = entries[0]
  for (const entry of entries) {
    if (entry.stamp > latest.stamp || (entry.stamp === latest.stamp && entry.entity > latest.entity)) latest = entry
  }
  return latest
}

function explainLatest<Value>(entries: SomeEntries<Value>): Explanation {
  const latest = latestOf(entries)
  return { rule: latestRule(entries, latest), decidedBy: [latest.entity] }
}

function latestRule<Value>(entries: SomeEntries<Value>, latest: Entry<Value>): string {
  if (entries.length === 1) return `Only ${latest.entity} says anything.`
  const equals = entries.filter((entry) => entry.stamp === latest.stamp)
  if (equals.length > 1) {
    return `${equals.length} entities wrote last, at the same stamp: the highest entity ID, ${latest.entity}, counts.`
  }
  return `The latest entry counts: that of ${latest.entity}, written ${timeText(stampWallMs(latest.stamp))}.`
}

const timeText = (wallMs: number): string => new Date(wallMs).toISOString()
