import { parsed, unparsed, type Parsed } from './parsed.ts'

/**
 * The nine device states by their wire names. The place in this list is Asterisk's number of the state, which is stable on
 * the wire there (it travels in res_corosync events) and is the one byte that stands for the state in Lampfield.
 *
 * @example
 * ```ts
 * import { deviceStates } from 'lampfield'
 *
 * console.log(deviceStates.includes('RINGINUSE'))
 * ```
 */
export const deviceStates = [
  'UNKNOWN',
  'NOT_INUSE',
  'INUSE',
  'BUSY',
  'INVALID',
  'UNAVAILABLE',
  'RINGING',
  'RINGINUSE',
  'ONHOLD',
] as const

/** What a device is doing, by its wire name. */
export type DeviceState = (typeof deviceStates)[number]

const displayNames: Readonly<Record<DeviceState, string>> = {
  UNKNOWN: 'Unknown',
  NOT_INUSE: 'Not in use',
  INUSE: 'In use',
  BUSY: 'Busy',
  INVALID: 'Invalid',
  UNAVAILABLE: 'Unavailable',
  RINGING: 'Ringing',
  RINGINUSE: 'Ring+Inuse',
  ONHOLD: 'On Hold',
}

const codes: ReadonlyMap<string, number> = new Map(deviceStates.map((state, code) => [state, code]))

/** How Asterisk shows the state to people. */
export const deviceStateDisplay = (state: DeviceState): string => displayNames[state]

/** Asterisk's number of the state, 0 to 8. */
export const deviceStateCode = (state: DeviceState): number => codes.get(state) ?? 0

/** The state of a number; undefined where it is none. */
export const deviceStateOf = (code: number): DeviceState | undefined => deviceStates[code]

/**
 * Reads a wire name in any case. Stricter than Asterisk, where every other text silently means UNKNOWN: somebody who
 * types `set Custom:x IN_USE` wants to hear of it.
 */
export function parseDeviceState(text: string): Parsed<DeviceState> {
  const state = named(text)
  if (state !== undefined) return parsed(state)
  return unparsed(`"${text.slice(0, 40)}" is no device state: the states are ${deviceStates.join(', ')}`)
}

/** Reads a wire name as Asterisk does: in any case, and whatever is no wire name is UNKNOWN. */
export const readDeviceState = (text: string): DeviceState => named(text) ?? 'UNKNOWN'

/** The state as it is stored and sent: one byte. */
export const encodeDeviceState = (state: DeviceState): Uint8Array => Uint8Array.of(deviceStateCode(state))

/** What is wrong with a value that should be a device state, as a sentence; undefined when it is one. */
export function deviceStateFault(value: unknown): string | undefined {
  if (deviceStates.some((state) => state === value)) return undefined
  return `${JSON.stringify(value)} is no device state: ${deviceStates.join(', ')}`
}

/** The state of exactly one byte. */
export function decodeDeviceState(bytes: Uint8Array): Parsed<DeviceState> {
  if (bytes.length !== 1) return unparsed(`a device state is 1 byte, not ${bytes.length}`)
  const state = deviceStateOf(bytes[0] ?? -1)
  return state === undefined ? unparsed(`${bytes[0]} is the number of no device state`) : parsed(state)
}

function named(text: string): DeviceState | undefined {
  const code = codes.get(text.toUpperCase())
  return code === undefined ? undefined : deviceStates[code]
}
