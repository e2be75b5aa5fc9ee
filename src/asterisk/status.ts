import type { EntityId } from '../state/entity-id.ts'
import type { Comparison } from './comparison.ts'

/** What `lampfield asterisk status` shows. Plain data; times are ISO 8601, null where there was none. */
export interface BridgeStatus {
  readonly mode: 'bridge' | 'observe'
  readonly link: 'up' | 'down'
  readonly linkForMs: number
  readonly heardAgoMs: number | null
  readonly sipListen: string
  readonly asterisk: string
  readonly transport: string
  /** This node's entity ID, and the one the local Asterisk has; the two must be equal. */
  readonly entity: EntityId
  readonly asteriskEntity: EntityId | null
  /** False: nothing is exchanged, because the entity IDs differ. */
  readonly exchanges: boolean
  /** Devices that the local Asterisk has said. */
  readonly ownDevices: number
  /** Devices and mailboxes of others that it is told of. */
  readonly remoteDevices: number
  readonly remoteMailboxes: number
  readonly publicationsIn: number
  readonly publicationsOut: number
  /** Values that Asterisk has still to be told. */
  readonly queue: number
  readonly lastDelivery: string | null
  /** When everything was said again for the last time. */
  readonly lastRefresh: string | null
  readonly lastError: { readonly at: string; readonly sentence: string } | null
  readonly counts: Readonly<Record<string, number>>
  readonly comparison: Comparison
}
