import type { PeerId } from '../state/peer-id.ts'
import type { AddressBook } from './address-book.ts'
import type { RingPlace } from './neighbours.ts'

/** Something to try again and again until it is connected. */
export interface Target {
  isDialling: boolean
  dialledMs: number
  /** Rounds of dialling in a row that led nowhere. */
  failures: number
  notBeforeMs: number
}

export interface Peer extends Target, RingPlace {
  readonly peer: PeerId
  readonly book: AddressBook
  /** Named by the user: never forgotten. */
  isGiven: boolean
  isConnected: boolean
  /** When its link last came up; -Infinity for never. */
  connectedMs: number
  /** Links in a row that were gone again at once. */
  brief: number
  /** When it was last heard of: connected, discovered, or named by the node. */
  heardMs: number
  foreignUntilMs: number
  /** `trimmed`: its link was closed as superfluous. `kept`: it came back after that, so it wishes the link. */
  trim: 'never' | 'trimmed' | 'kept'
}

export interface StaticTarget extends Target {
  readonly address: string
  /** Who answered there last; undefined while nobody did. */
  peer: PeerId | undefined
  /** That peer does not answer any more: perhaps somebody else lives there now, so ask for whoever answers. */
  isDoubtful: boolean
}

/** An address at which nobody was asked for yet. */
export function staticTarget(address: string): StaticTarget {
  return {
    isDialling: false,
    dialledMs: -Infinity,
    failures: 0,
    notBeforeMs: -Infinity,
    address,
    peer: undefined,
    isDoubtful: false,
  }
}
