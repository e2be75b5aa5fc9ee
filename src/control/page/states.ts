import type { DeviceState } from '../../state/device-state.ts'
import { element } from './element.ts'

/** Each state's word, in the order in which they are offered: what calls for attention first. */
const words: Readonly<Record<DeviceState, string>> = {
  RINGING: 'Ringing',
  RINGINUSE: 'Ringing, in use',
  INUSE: 'In use',
  BUSY: 'Busy',
  ONHOLD: 'On hold',
  NOT_INUSE: 'Not in use',
  UNAVAILABLE: 'Unavailable',
  UNKNOWN: 'Unknown',
  INVALID: 'Invalid',
}

export const states: readonly DeviceState[] = Object.keys(words) as DeviceState[]

/** The state that a value is; what is none is drawn as if nobody knew the device. */
export const stateOf = (value: unknown): string => (typeof value === 'string' ? value : 'INVALID')

export const wordOf = (value: unknown): string => words[value as DeviceState] ?? stateOf(value)

/** A lamp's picture: the style sheet draws it by the state. */
export const bulb = (state: unknown): HTMLElement =>
  element('i', { class: 'bulb', 'data-s': stateOf(state), 'aria-hidden': 'true' })
