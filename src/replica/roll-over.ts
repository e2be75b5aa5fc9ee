import type { Life } from '../state/version.ts'
import { EntityDocument } from './entity-document.ts'
import { rollOverClock } from './head.ts'
import type { Standing } from './state-hash.ts'

/**
 * Overwritten items that a document may hold beyond its live ones: small documents shall not roll over at each turn.
 */
const slack = 64

/** Whether the owner should start the next epoch: what is overwritten outnumbers what lives, or the clock ran far. */
export function isRollOverDue(document: { live: number; overwritten: number; clock: number }): boolean {
  return document.overwritten > document.live + slack || document.clock >= rollOverClock
}

/**
 * The same live entries as the first items of another epoch or life, in code-unit order of their keys. Every copy that
 * does this gets the same document, byte for byte, and so needs nothing but the owner's word that it is time.
 */
export function rebuilt(document: EntityDocument, life: Life, epoch: number): EntityDocument {
  const next = new EntityDocument(document.id, life, epoch)
  const standings = new Map<string, Standing>()
  // The default order of `sort` is that of code units.
  const keys = document.liveKeys().sort()
  for (const [clock, key] of keys.entries()) standings.set(key, { clock, value: document.get(key) ?? '' })
  next.write(standings, next.prospect(standings))
  return next
}
