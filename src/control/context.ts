import type { Node } from '../node/node.ts'
import type { Log, LogLevel } from '../runtime/log.ts'
import type { Hint } from '../state/hint.ts'
import type { EventHub } from './event-hub.ts'
import type { Metrics } from './metrics.ts'
import type { NodeView, SettingView } from './shapes.ts'

/** A hint under the extension it belongs to, such as `1234@default`. */
export interface NamedHint extends Hint {
  readonly extension: string
}

/** The part of the program's log that an administrator turns while it runs. */
export interface LogControl {
  level: LogLevel
}

/** What the routes answer from. */
export interface ControlContext {
  readonly node: Node
  readonly hub: EventHub
  readonly metrics: Metrics
  readonly log: Log
  readonly version: string
  readonly identity: () => NodeView
  /** Asked anew for each answer: settings and hints may be read again while the node runs. */
  readonly settings: () => readonly SettingView[]
  readonly hints: () => readonly NamedHint[]
  readonly logControl: LogControl
  /** Counts a request or connection that was turned away, by the reason. */
  readonly refused: (reason: string) => void
  /** What the program around the node counts, beside the node's own counters. */
  readonly counts: () => Readonly<Record<string, number>>
  /** The link to a local Asterisk; undefined where there is none. */
  readonly asterisk?: (() => object) | undefined
}
