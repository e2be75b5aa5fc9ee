import type { MemberStanding } from '../node/views.ts'
import type { Colour } from './terminal.ts'

/** Colours only repeat what the word beside them says: nobody needs to see them. */
const colours: ReadonlyMap<unknown, Colour> = new Map<unknown, Colour>([
  ['NOT_INUSE', 'green'],
  ['INUSE', 'red'],
  ['BUSY', 'red'],
  ['RINGING', 'yellow'],
  ['RINGINUSE', 'yellow'],
  ['ONHOLD', 'cyan'],
  ['UNKNOWN', 'dim'],
  ['INVALID', 'dim'],
  ['UNAVAILABLE', 'dim'],
])

export const stateColour = (state: unknown): Colour | undefined => colours.get(state)

const standings: Readonly<Record<MemberStanding | 'unknown', Colour | undefined>> = {
  self: 'green',
  alive: 'green',
  suspect: 'yellow',
  down: 'red',
  left: 'dim',
  unknown: 'dim',
}

export const standingColour = (standing: MemberStanding | 'unknown'): Colour | undefined => standings[standing]
