import { deviceStateCode, deviceStates, type DeviceState } from './device-state.ts'
import type { Accumulator, Explanation, Reducer, SomeEntries } from './reducer.ts'

/**
 * Low to high. With INVALID as the start value it is the order of Asterisk's aggregation (`ast_devstate_aggregate_*`, the same
 * since 1.8.12).
 */
const devicePrecedence: readonly DeviceState[] = [
  'INVALID',
  'UNKNOWN',
  'UNAVAILABLE',
  'NOT_INUSE',
  'ONHOLD',
  'RINGING',
  'INUSE',
  'BUSY',
  'RINGINUSE',
]

/** Next to RINGING each of these makes RINGINUSE: the one rule beside the precedence. */
const inUse: readonly DeviceState[] = ['INUSE', 'ONHOLD', 'BUSY']

/** One bit for each state that was seen: which states were seen is all that the join depends on. */
const bitOf = (state: DeviceState): number => 1 << deviceStateCode(state)
const inUseBits = inUse.reduce((bits, state) => bits | bitOf(state), 0)

/** The join of each of the 512 sets of states. */
const joins: readonly DeviceState[] = Array.from({ length: 1 << deviceStates.length }, (_, seen) => joinOfSet(seen))

/**
 * Asterisk's aggregate of any number of device states; INVALID for none. It is a join: commutative, associative,
 * idempotent, with INVALID as its identity, so neither order nor grouping matters.
 */
export function joinDeviceStates(states: Iterable<DeviceState>): DeviceState {
  let seen = 0
  for (const state of states) seen |= bitOf(state)
  return joins[seen] ?? 'INVALID'
}

/**
 * The fold of `device_state`: Asterisk's aggregate over the entities.
 *
 * @example
 * ```ts
 * import { defineChannel, deviceStateReducer, deviceStates, type DeviceState } from 'lampfield'
 *
 * const isState = (value: unknown): value is DeviceState => deviceStates.some((state) => state === value)
 * const doors = defineChannel({ name: 'doors', value: isState, reducer: deviceStateReducer })
 * console.log(doors.name)
 * ```
 */
export const deviceStateReducer: Reducer<DeviceState> = {
  name: 'join',
  reduce(entries) {
    let seen = 0
    for (const entry of entries) seen |= bitOf(entry.value)
    return joins[seen] ?? 'INVALID'
  },
  explain: explainJoin,
  accumulator: joinAccumulator,
}

/** How many entities say each state: any change of an entry is two steps here, however many entities there are. */
function joinAccumulator(): Accumulator<DeviceState, DeviceState> {
  const counts = new Uint32Array(deviceStates.length)
  let seen = 0
  return {
    add({ value }) {
      const code = deviceStateCode(value)
      counts[code] = (counts[code] ?? 0) + 1
      seen |= 1 << code
    },
    remove({ value }) {
      const code = deviceStateCode(value)
      const rest = (counts[code] ?? 0) - 1
      counts[code] = rest
      if (rest === 0) seen &= ~(1 << code)
    },
    result: () => joins[seen] ?? 'INVALID',
  }
}

function joinOfSet(seen: number): DeviceState {
  if ((seen & bitOf('RINGING')) !== 0 && (seen & inUseBits) !== 0) return 'RINGINUSE'
  return devicePrecedence.findLast((state) => (seen & bitOf(state)) !== 0) ?? 'INVALID'
}

function explainJoin(entries: SomeEntries<DeviceState>): Explanation {
  const said = new Set(entries.map((entry) => entry.value))
  const result = joinDeviceStates(said)
  const deciding = said.has(result) ? [result] : (['RINGING', ...inUse] as const).filter((state) => said.has(state))
  const decidedBy = entries.filter((entry) => deciding.includes(entry.value)).map((entry) => entry.entity)
  return { rule: joinRule(said, result, deciding), decidedBy }
}

function joinRule(said: ReadonlySet<DeviceState>, result: DeviceState, deciding: readonly DeviceState[]): string {
  if (said.size === 1) return `All say ${result}.`
  const ranked = devicePrecedence.filter((state) => said.has(state)).toReversed()
  if (deciding[0] === result) return `${result} ranks highest of ${ranked.join(', ')}.`
  return `RINGING together with ${deciding.slice(1).join(' and ')} gives RINGINUSE.`
}
