import type { Channel } from '../state/channel.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { MailboxCounts } from '../state/mailbox.ts'

/** The values of the built-in channels, by name. */
export interface ChannelValues {
  device_state: DeviceState
  mwi: MailboxCounts
}

/** A channel in a call of a node: its definition, so that keys and values are typed, or its name. */
export type ChannelReference = string | Channel<unknown, unknown>

/** What one entity says of a key of a channel: of a definition its values, of a name the built-in channel's, else unknown. */
export type ValueOf<Reference extends ChannelReference> =
  Reference extends Channel<infer Value, infer _Summary>
    ? Value
    : Reference extends keyof ChannelValues
      ? ChannelValues[Reference]
      : unknown

/** What the reducer of a channel makes of all entities' values. */
export type SummaryOf<Reference extends ChannelReference> =
  Reference extends Channel<infer _Value, infer Summary>
    ? Summary
    : Reference extends keyof ChannelValues
      ? ChannelValues[Reference]
      : unknown
