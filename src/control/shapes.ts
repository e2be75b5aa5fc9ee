import type { AlarmEvent, ChangeEvent, EntryEvent, MemberEvent } from '../node/events.ts'
import type { NodeStatus } from '../node/node.ts'
import type { MemberView, TrustView } from '../node/views.ts'
import type { LogLevel } from '../runtime/log.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'

/**
 * The JSON of the control interface, as it goes over the socket and as `--json` prints it. Names that Asterisk's REST
 * interface has are spelt as there (`old_messages`); what is not known is null, never left out.
 */
export const apiRoot = '/api/v1'

/** Grows when a shape changes so that an older command would misread it. Told in the header `lampfield-api`. */
export const apiVersion = 1

/** What `GET /node` tells of the running node. */
export interface NodeView {
  readonly entity: EntityId
  readonly peer: PeerId
  readonly name: string
  readonly cluster: string
  /** False: anyone on the network may join and write. */
  readonly keyed: boolean
  readonly status: NodeStatus
  readonly addresses: readonly string[]
  readonly dataDirectory: string
  readonly version: string
  readonly pid: number
  /** ISO 8601. */
  readonly startedAt: string
}

export interface DeviceStateView {
  readonly name: string
  readonly state: DeviceState
}

export interface MailboxView {
  readonly name: string
  readonly old_messages: number
  readonly new_messages: number
}

/** An extension, the devices it shows and how a phone that watches it sees them. */
export interface HintView {
  readonly extension: string
  readonly devices: readonly DeviceStateView[]
  /** Asterisk's text of the extension state, such as `InUse&Ringing`. */
  readonly state: string
  /** Asterisk's number of it. */
  readonly code: number
  /** Event streams that are open on one of its devices. */
  readonly watchers: number
}

/** One setting, and where its value came from. */
export interface SettingView {
  readonly name: string
  readonly value: unknown
  readonly source: string
}

/** How much the running node logs. */
export interface LogLevelView {
  readonly level: LogLevel
}

export type MemberShape = Omit<MemberView, 'roundTripMs'> & { readonly roundTripMs: number | null }

export type TrustShape = Told<TrustView>

/**
 * What happened, as the event stream tells it; `timestamp` is ISO 8601 by this node's clock. A change tells who caused it (`by`), and whose
 * word is shown now (`from`; null where nobody alive says anything).
 */
export type StreamedEvent =
  | (Told<ChangeEvent> & {
      readonly type: 'change'
      readonly timestamp: string
      readonly byName: string | null
      readonly from: string | null
    })
  | (Told<EntryEvent> & { readonly type: 'entry'; readonly timestamp: string; readonly entityName: string | null })
  | (Told<MemberEvent> & { readonly type: 'member'; readonly timestamp: string })
  | (Told<AlarmEvent> & { readonly type: 'alarm'; readonly timestamp: string })

/** A part of the cluster state as it was when the stream was opened; `more` where another part follows. */
export interface SnapshotEvent {
  readonly type: 'snapshot'
  readonly channel: string
  readonly values: readonly { readonly key: string; readonly value: unknown; readonly from: string | null }[]
  readonly more: boolean
}

/** Whoever came back missed more events than are kept: a snapshot follows, and what is not in it is gone. */
export interface ResetEvent {
  readonly type: 'reset'
}

/** A message of the WebSocket: Asterisk's event of that name, and the number to come back with. */
export interface AriDeviceStateChanged {
  readonly type: 'DeviceStateChanged'
  readonly application: 'lampfield'
  readonly timestamp: string
  readonly asterisk_id: string
  readonly device_state: DeviceStateView
  readonly id: string
}

export interface HealthView {
  readonly status: NodeStatus
}

/** The node stops; no event follows. */
export interface EndEvent {
  readonly type: 'end'
}

export type EventType = StreamedEvent['type']
export const eventTypes: readonly EventType[] = ['change', 'entry', 'member', 'alarm']

/** The events a stream carries when none are named: what a person or a page wants to see. */
export const usualEventTypes: readonly EventType[] = ['change', 'member', 'alarm']

/** JSON has no `undefined`: it is told as null. */
type Told<Event> = {
  readonly [Name in keyof Event]: undefined extends Event[Name] ? Defined<Event[Name]> : Event[Name]
}
type Defined<Value> = unknown extends Value ? Value : Exclude<Value, undefined> | null
