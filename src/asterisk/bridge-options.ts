import type { Node } from '../node/node.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Journal } from './journal.ts'
import type { BridgeSettings } from './settings.ts'
import type { Wire } from './sip/wire.ts'

/** What the bridge needs of the node. */
export type BridgeNode = Pick<
  Node,
  | 'entity'
  | 'addEventListener'
  | 'removeEventListener'
  | 'set'
  | 'unset'
  | 'pass'
  | 'get'
  | 'list'
  | 'explain'
  | 'members'
>

export interface BridgeOptions {
  readonly node: BridgeNode
  readonly settings: BridgeSettings
  readonly wire: Wire
  readonly journal: Journal
  /** Whether of a device the latest word in the cluster counts, as the node was told. */
  readonly isLatest: (device: string) => boolean
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The local Asterisk has another entity ID than this node, and the node's was not set by hand: it should be this one. */
  readonly adopt?: ((entity: EntityId) => void) | undefined
}
