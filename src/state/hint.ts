import { joinDeviceStates } from './device-state-reducer.ts'
import type { DeviceState } from './device-state.ts'

/** The state of an extension as a subscribed phone sees it: Asterisk's number (a set of bits) and its text. */
export interface ExtensionState {
  readonly code: number
  readonly text: string
}

const idle: ExtensionState = { code: 0, text: 'Idle' }
const unavailable: ExtensionState = { code: 4, text: 'Unavailable' }

/** Asterisk's mapping; a device that is not known to anyone is shown as idle, one that does not exist as unavailable. */
const extensionStates: Readonly<Record<DeviceState, ExtensionState>> = {
  UNKNOWN: idle,
  NOT_INUSE: idle,
  INUSE: { code: 1, text: 'InUse' },
  BUSY: { code: 2, text: 'Busy' },
  INVALID: unavailable,
  UNAVAILABLE: unavailable,
  RINGING: { code: 8, text: 'Ringing' },
  RINGINUSE: { code: 9, text: 'InUse&Ringing' },
  ONHOLD: { code: 16, text: 'Hold' },
}

/** The extension state of one device state. */
export const extensionStateOf = (state: DeviceState): ExtensionState => extensionStates[state]

/** What an extension shows: the joined state of its devices, and the presence of its providers. */
export interface Hint {
  readonly devices: readonly string[]
  readonly presence: readonly string[]
}

/**
 * Reads the third field of a dialplan's `hint` priority, `PJSIP/a&PJSIP/b,CustomPresence:x`: devices joined by `&`, then
 * after the first comma presence providers, joined likewise. Empty items are skipped, as Asterisk does.
 */
export function parseHint(text: string): Hint {
  const comma = text.indexOf(',')
  if (comma < 0) return { devices: items(text), presence: [] }
  return { devices: items(text.slice(0, comma)), presence: items(text.slice(comma + 1)) }
}

/**
 * The extension state of a hint's devices. A device of which nobody alive says anything (undefined) counts as INVALID, which
 * changes nothing beside another; alone, or for a hint without devices, it gives Unavailable.
 */
export function hintState(states: Iterable<DeviceState | undefined>): ExtensionState {
  const known: DeviceState[] = []
  for (const state of states) if (state !== undefined) known.push(state)
  return extensionStateOf(joinDeviceStates(known))
}

function items(text: string): string[] {
  return text
    .split('&')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
