import { textOf, type Rule } from './keys.ts'

/** What one entity says of a key, as the model or a node's explanation has it. */
export interface PlainEntry {
  readonly entity: string
  readonly value: unknown
  readonly sinceMs: number
}

/**
 * The rules, written down once more and plainly, to be held against what the nodes fold step by step. The texts that may be shown:
 * one, or of writes in one millisecond those of them all, since only their stamps tell which came last.
 */
export function foldPlainly(rule: Rule, entries: readonly PlainEntry[]): readonly (string | undefined)[] {
  if (entries.length === 0) return [undefined]
  switch (rule) {
    case 'join':
      return [aggregate(entries.map(({ value }) => String(value)))]
    case 'latest': {
      const lastMs = Math.max(...entries.map(({ sinceMs }) => sinceMs))
      return entries.filter(({ sinceMs }) => sinceMs === lastMs).map(({ value }) => textOf(value))
    }
    case 'all':
      return [
        entries
          .map(({ entity, value }) => `${entity}=${String(value)}`)
          .sort()
          .join(' '),
      ]
  }
}

/** The order of Asterisk's `devstate.c`, by which a later state of the list hides an earlier one. */
const order = [
  'INVALID',
  'UNKNOWN',
  'UNAVAILABLE',
  'NOT_INUSE',
  'ONHOLD',
  'RINGING',
  'INUSE',
  'BUSY',
  'RINGINUSE',
] as const

/** As `ast_devstate_aggregate_add` and `ast_devstate_aggregate_result` do it. */
function aggregate(states: readonly string[]): string {
  let [isRinging, isInUse, result] = [false, false, 'INVALID']
  for (const state of states) {
    if (state === 'RINGING') isRinging = true
    else if (state === 'INUSE' || state === 'ONHOLD' || state === 'BUSY') isInUse = true
    if (isRinging && isInUse) result = 'RINGINUSE'
    else if (placeOf(state) > placeOf(result)) result = state
  }
  return result
}

const placeOf = (state: string): number => order.findIndex((other) => other === state)
