import { isCustom, namesMatcher } from './device-name.ts'
import { deviceStateReducer } from './device-state-reducer.ts'
import { decodeDeviceState, deviceStateFault, encodeDeviceState, type DeviceState } from './device-state.ts'
import { keyFault } from './key.ts'
import { latestReducer } from './latest-reducer.ts'
import {
  decodeMailboxCounts,
  encodeMailboxCounts,
  mailboxCountsFault,
  parseMailbox,
  sameMailboxCounts,
  type MailboxCounts,
} from './mailbox.ts'
import { parsed, unparsed, type Parsed } from './parsed.ts'
import type { Reducer } from './reducer.ts'

/** How a channel's values are stored and sent. Equal values must have equal bytes: hashes compare them. */
export interface Codec<Value> {
  /** The bytes of a value that `validValue` found good; at most 4089. */
  encode(value: Value): Uint8Array
  /** Every byte sequence gives a value or a sentence; it never throws. */
  decode(bytes: Uint8Array): Parsed<Value>
}

/**
 * A kind of state that is shared. All nodes of a cluster that take part in a channel must define it alike; a reducer that
 * differs shows different lamps, and nothing can notice.
 */
export interface Channel<Value, Summary = Value> {
  /** `[a-z][a-z0-9_]{0,31}`. */
  readonly name: string
  readonly codec: Codec<Value>
  /** The reducer of a key. Asked once for each key: it must not change its mind. */
  reducerFor(key: string): Reducer<Value, Summary>
  /** What is wrong with a key, as a sentence; undefined when it is good. */
  validKey(key: string): string | undefined
  /**
   * What is wrong with a value that a program wants to write, as a sentence; undefined when it is good. It is asked before the
   * codec encodes, and may be given anything.
   */
  validValue(value: Value): string | undefined
  /** Whether an entity's own entry of this key is kept on disk and said again after a restart. */
  persistent(key: string): boolean
  /** Whether listings, snapshots and changes say since when. Default false. */
  readonly stampShown?: boolean
  /** Whether two folded values are one and no difference. Default `Object.is`. */
  same?(this: void, a: Summary, b: Summary): boolean
}

const namePattern = /^[a-z][a-z0-9_]{0,31}$/

/** Reads the name of a channel. */
export function parseChannelName(text: string): Parsed<string> {
  if (namePattern.test(text)) return parsed(text)
  return unparsed(
    `"${text.slice(0, 40)}" is no channel name: a lower-case letter is wanted, then up to 31 letters, digits or _`,
  )
}

/** How device states are folded. */
export interface DeviceStateChannelOptions {
  /** Patterns of devices whose latest entry counts instead of Asterisk's join, such as `Custom:night*`. */
  readonly latest?: readonly string[]
}

/** `device_state`: what each device is doing. `Custom:` states are set by hand and so outlive a restart. */
export function deviceStateChannel(options: DeviceStateChannelOptions = {}): Channel<DeviceState> {
  const isLatest = namesMatcher(options.latest ?? [])
  const latest = latestReducer<DeviceState>()
  return {
    name: 'device_state',
    codec: { encode: encodeDeviceState, decode: decodeDeviceState },
    reducerFor: (device) => (isLatest(device) ? latest : deviceStateReducer),
    validKey: (device) => keyFault(device),
    validValue: deviceStateFault,
    persistent: isCustom,
  }
}

/** `mwi`: how many messages wait in each mailbox. The latest word counts, as in Asterisk. */
export function mwiChannel(): Channel<MailboxCounts> {
  const latest = latestReducer<MailboxCounts>()
  return {
    name: 'mwi',
    codec: { encode: encodeMailboxCounts, decode: decodeMailboxCounts },
    reducerFor: () => latest,
    validKey(mailbox) {
      const read = parseMailbox(mailbox)
      return read.ok ? undefined : read.reason
    },
    validValue: mailboxCountsFault,
    persistent: () => false,
    same: sameMailboxCounts,
  }
}
