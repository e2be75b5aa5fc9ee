import type { PeerId } from '../state/peer-id.ts'

/** Dial these addresses, the first ones first; any of them will do, and one may be there several times. Report with `dialEnded`. */
export interface DialAction {
  readonly kind: 'dial'
  /** Who must answer; undefined where an address was given without a peer ID. */
  readonly peer: PeerId | undefined
  readonly addresses: readonly string[]
}

/** What the keeper wants done. */
export type KeeperAction = DialAction | { readonly kind: 'hang-up'; readonly peer: PeerId }

/** What became of a dial. */
export interface DialOutcome {
  /** Who answered, and where; without an address where the peer came by itself meanwhile. */
  readonly reached?: { readonly peer: PeerId; readonly address: string | undefined }
  /** The addresses that led nowhere. */
  readonly failed: readonly string[]
}
