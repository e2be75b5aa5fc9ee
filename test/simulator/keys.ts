import type { Channel } from '../../src/state/channel.ts'
import type { Entry } from '../../src/state/entry.ts'
import type { Reducer } from '../../src/state/reducer.ts'

/** How the entries of a key are folded. */
export type Rule = 'join' | 'latest' | 'all'

export interface Key {
  readonly channel: 'device_state' | 'mwi' | 'serial'
  readonly key: string
  readonly rule: Rule
  /** Kept on disk and said again after a restart. */
  readonly kept: boolean
  /** The channel and the key in one text. */
  readonly path: string
}

const keyOf = (channel: Key['channel'], key: string, rule: Rule, kept = false): Key => {
  return { channel, key, rule, kept, path: `${channel} ${key}` }
}

/** What all servers write: few keys, so that they meet on them. The first ones are used most. */
export const keySpace: readonly Key[] = [
  keyOf('serial', 'lost1', 'all'),
  keyOf('device_state', 'PJSIP/1', 'join'),
  keyOf('serial', 'kept1', 'all', true),
  keyOf('device_state', 'Custom:night1', 'latest', true),
  keyOf('mwi', '1@default', 'latest'),
  keyOf('device_state', 'Custom:kept1', 'join', true),
  keyOf('device_state', 'PJSIP/2', 'join'),
  keyOf('serial', 'lost2', 'all'),
  keyOf('mwi', '2@default', 'latest'),
  keyOf('device_state', 'Custom:night2', 'latest', true),
  keyOf('device_state', 'Custom:kept2', 'join', true),
  keyOf('serial', 'kept2', 'all', true),
  keyOf('device_state', 'PJSIP/3', 'join'),
]

/** The patterns that make the `night` keys toggles. */
export const latestDevices: readonly string[] = ['Custom:night*']

/** Asterisk's device states; the place in the list is what a plan's number stands for. */
const states = ['NOT_INUSE', 'INUSE', 'RINGING', 'BUSY', 'ONHOLD', 'UNAVAILABLE', 'RINGINUSE', 'UNKNOWN', 'INVALID']

/** The value that a plan's number stands for. In `mwi` and `serial` every number is another value. */
export function valueOf({ channel }: Key, number: number): unknown {
  if (channel === 'device_state') return states[number % states.length]
  if (channel === 'mwi') return { newMessages: number, oldMessages: number % 7 }
  return number
}

/** A value as text, to be compared. */
export function textOf(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).replaceAll('"', '')
  const parts = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return parts.map(([name, part]) => `${name}=${String(part)}`).join(' ')
}

/** Shows every entity's number: whatever is lost or too much in the set of entries is seen at once. */
const allReducer: Reducer<unknown, unknown> = {
  name: 'all',
  reduce: (entries) => listOf(entries),
  explain: (entries) => ({ rule: 'All are shown.', decidedBy: entries.map(({ entity }) => entity) }),
}

function listOf(entries: readonly Entry<unknown>[]): string {
  return entries
    .map(({ entity, value }) => `${entity}=${String(value)}`)
    .sort()
    .join(' ')
}

/** A channel of one's own, as a user of the library defines it: numbers, of which no two writes are equal. */
export const serialChannel: Channel<unknown, unknown> = {
  name: 'serial',
  codec: {
    encode: (value) => new TextEncoder().encode(String(value)),
    decode(bytes) {
      const text = new TextDecoder().decode(bytes)
      const value = Number(text)
      const isGood = Number.isSafeInteger(value) && String(value) === text
      return isGood ? { ok: true, value } : { ok: false, reason: 'a whole number is wanted' }
    },
  },
  reducerFor: () => allReducer,
  validKey: () => undefined,
  validValue: () => undefined,
  persistent: (key) => key.startsWith('kept'),
}
