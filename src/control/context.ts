import type { Node } from '../node/node.ts'
import type { Log } from '../runtime/log.ts'
import type { Hint } from '../state/hint.ts'
import type { EventHub } from './event-hub.ts'
import type { NodeView, SettingView } from './shapes.ts'

/** A hint under the extension it belongs to, such as `1234@default`. */
export interface NamedHint extends Hint {
  readonly extension: string
}

/** What the routes answer from. */
export interface ControlContext {
  readonly node: Node
  readonly hub: EventHub
  readonly log: Log
  readonly version: string
  readonly identity: () => NodeView
  readonly settings: readonly SettingView[]
  readonly hints: readonly NamedHint[]
}
