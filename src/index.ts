/**
 * Lampfield shares the state of devices and mailboxes between the servers of a cluster, with no broker.
 *
 * @packageDocumentation
 */

// For applications.
export { createNode } from './node/create-node.ts'
export { defineChannel, type CodecChannelDefinition, type JsonChannelDefinition } from './node/define-channel.ts'
export type { Node, NodeStatus, RoundTripOptions, SetOptions, Settled, WaitOptions, WatchOptions } from './node/node.ts'
export type { ChannelReference, ChannelValues, SummaryOf, ValueOf } from './node/channel-values.ts'
export type { Snapshot } from './node/snapshot.ts'
export type { Watch, WatchedChange } from './node/watch.ts'
export { lan, wan, type ChannelOption, type NodeOptions, type Timing } from './node/options.ts'
export type { PeerOptions } from './node/peer-options.ts'
export type { AlarmEvent, ChangeEvent, EntryEvent, MemberEvent, NodeEvents, PassingEvent } from './node/events.ts'
export type {
  ChannelView,
  CheckedMember,
  CheckReport,
  DifferenceView,
  EntryView,
  Explanation,
  MemberStanding,
  MemberView,
  RoundTripReport,
  StatsView,
  TimedMember,
  TrustView,
  ValueView,
} from './node/views.ts'
export { Failure, type FailureCode } from './runtime/failure.ts'
export { TypedEventTarget } from './runtime/emitter.ts'
export { pinoLog, type Log, type LogFields, type PinoLike } from './runtime/log.ts'
export { registerStats, type StatsRegistry } from './node/stats-metric.ts'
export { deviceStates, type DeviceState } from './state/device-state.ts'
export type { EntityId } from './state/entity-id.ts'
export type { MailboxCounts } from './state/mailbox.ts'
export type { PeerId } from './state/peer-id.ts'

// For authors of channels, networks and stores.
export type { Channel, Codec } from './state/channel.ts'
export type { Accumulator, Explanation as FoldExplanation, Reducer, SomeEntries } from './state/reducer.ts'
export { latestReducer } from './state/latest-reducer.ts'
export { deviceStateReducer } from './state/device-state-reducer.ts'
export { isFiniteNumber, maxReducer, minReducer, sumReducer } from './state/number-reducers.ts'
export { jsonCodec, type JsonValue } from './state/json-codec.ts'
export type { Entry } from './state/entry.ts'
export type { Stamp } from './state/stamp.ts'
export { parsed, unparsed, type Parsed } from './state/parsed.ts'
export type {
  AnswerHandlers,
  Link,
  LinkOffence,
  Network,
  NetworkCounters,
  NetworkHandlers,
  RequestOptions,
  Verdict,
} from './network/network.ts'
export type { NetworkRequest } from './node/options.ts'
export type { Store, StoreWrite } from './storage/store.ts'
export type { Cancel, Clock } from './runtime/clock.ts'
export type { Random } from './runtime/random.ts'
export type { KeyPair, Signatures } from './runtime/signature.ts'
export type { ChannelRole } from './state/announcement.ts'
