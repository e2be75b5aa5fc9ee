import type { Entry } from './entry.ts'
import type { Reducer, SomeEntries } from './reducer.ts'

/**
 * The sum of what all live entities say: load, counts, capacities. Added from the smallest to the largest, so that the order in
 * which nodes heard of them does not matter to the last bit.
 *
 * @example
 * ```ts
 * import { defineChannel, isFiniteNumber, sumReducer } from 'lampfield'
 *
 * const calls = defineChannel({ name: 'calls', value: isFiniteNumber, reducer: sumReducer })
 * console.log(calls.name)
 * ```
 */
export const sumReducer: Reducer<number> = {
  name: 'sum',
  reduce: (entries) => {
    const values = entries.map((entry) => entry.value).sort((a, b) => a - b)
    return values.reduce((sum, value) => sum + value, 0)
  },
  explain: (entries) => ({
    rule:
      entries.length === 1 ? 'Only one entity says anything.' : `The values of ${entries.length} entities are added.`,
    decidedBy: entries.map((entry) => entry.entity),
  }),
}

/**
 * The largest of what all live entities say; 0 and -0 are one.
 *
 * @example
 * ```ts
 * import { defineChannel, isFiniteNumber, maxReducer } from 'lampfield'
 *
 * const peak = defineChannel({ name: 'peak', value: isFiniteNumber, reducer: maxReducer })
 * console.log(peak.name)
 * ```
 */
export const maxReducer: Reducer<number> = extreme('max', 'largest', Math.max)

/**
 * The smallest of what all live entities say; 0 and -0 are one.
 *
 * @example
 * ```ts
 * import { defineChannel, isFiniteNumber, minReducer } from 'lampfield'
 *
 * const oldestRelease = defineChannel({ name: 'oldest_release', value: isFiniteNumber, reducer: minReducer })
 * console.log(oldestRelease.name)
 * ```
 */
export const minReducer: Reducer<number> = extreme('min', 'smallest', Math.min)

/**
 * Whether a value is a number that JSON can say: the check for channels of numbers.
 *
 * @example
 * ```ts
 * import { isFiniteNumber } from 'lampfield'
 *
 * console.log(isFiniteNumber(1), isFiniteNumber(Number.NaN))
 * ```
 */
export const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

function extreme(name: string, word: string, of: (...values: number[]) => number): Reducer<number> {
  const fold = (entries: SomeEntries<number>): number => of(...entries.map((entry: Entry<number>) => entry.value)) + 0
  return {
    name,
    reduce: fold,
    explain(entries) {
      const result = fold(entries)
      const decidedBy = entries.filter((entry) => entry.value === result).map((entry) => entry.entity)
      return { rule: `${result} is the ${word} of ${entries.length}.`, decidedBy }
    },
  }
}
