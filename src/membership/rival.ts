import type { Announcement } from '../state/announcement.ts'
import { compareLives, type Life } from '../state/version.ts'
import { sameBytes } from './same.ts'

/**
 * Somebody who speaks in the name of an entity beside its holder: with another key, or with the same key from an older life.
 * One late message is no crime; only a rival that keeps speaking while the holder keeps speaking shows that two
 * machines run with one entity ID.
 */
export interface Rival {
  readonly publicKey: Uint8Array
  readonly life: Life
  readonly sequence: number
  /** When its last three new words were heard, oldest first; of words that came in one burst, the first. */
  readonly heardMs: readonly number[]
  /** When the holder's last three new words since the rival's first were heard, in the same way. */
  readonly holderHeardMs: readonly number[]
}

/** Rivals of one entity that are kept track of; one is enough for the alarm. */
const rivalsMax = 4

/** A rival not heard for this long has gone: three suspicions of a slow cluster. */
export const rivalSilenceMs = 30_000

/** Another key: the rival heard again, and the holder twice after the rival's first word, this close together. */
const otherKeyWithinMs = 5_000

/** The same key: three new words of each life, not in one burst, within this time. */
const sameKeyWithinMs = 10_000
const sameKeyWords = 3

/**
 * Words that follow one another sooner than this are one sign of life. A link that stood still hands on at once all that it held, and of a server that was
 * started anew meanwhile that may be as many words of its earlier life as a running one says in seconds.
 */
const burstMs = 500

function lastThree(times: readonly number[], now: number): readonly number[] {
  const last = times.at(-1)
  return last !== undefined && now - last < burstMs ? times : [...times.slice(-2), now]
}

/** The rivals after one of them spoke. A word that is not newer than its last changes nothing (`rival` undefined). */
export function hearRival(
  rivals: readonly Rival[],
  word: Announcement,
  now: number,
): { readonly rivals: readonly Rival[]; readonly rival: Rival | undefined } {
  const { publicKey, life, sequence } = word
  const known = rivals.find((rival) => sameBytes(rival.publicKey, publicKey))
  if (known !== undefined) {
    const order = compareLives(life, known.life)
    if (order < 0 || (order === 0 && sequence <= known.sequence)) return { rivals, rival: undefined }
  }
  const rival: Rival = {
    publicKey,
    life,
    sequence,
    heardMs: lastThree(known?.heardMs ?? [], now),
    holderHeardMs: known?.holderHeardMs ?? [],
  }
  const others = rivals.filter((other) => other !== known)
  return { rivals: [...others.slice(1 - rivalsMax), rival], rival }
}

/** The rivals after the holder spoke. */
export function hearHolder(rivals: readonly Rival[], now: number): readonly Rival[] {
  if (rivals.length === 0) return rivals
  return rivals.map((rival) => ({ ...rival, holderHeardMs: lastThree(rival.holderHeardMs, now) }))
}

/** The rivals that were heard lately. */
export function recentRivals(rivals: readonly Rival[], now: number): readonly Rival[] {
  const recent = rivals.filter((rival) => now - (rival.heardMs.at(-1) ?? 0) < rivalSilenceMs)
  return recent.length === rivals.length ? rivals : recent
}

/** Whether the rival and the holder, whose key is `holderKey`, are both running. */
export function areBothRunning(rival: Rival, holderKey: Uint8Array, now: number): boolean {
  const [heard, holderHeard] = [rival.heardMs, rival.holderHeardMs]
  if (sameBytes(rival.publicKey, holderKey)) {
    const since = now - sameKeyWithinMs
    return [heard, holderHeard].every((times) => times.length === sameKeyWords && (times[0] ?? 0) >= since)
  }
  const [last, holderLast] = [heard.at(-1), holderHeard.at(-1)]
  // Two words of each: one word of a holder that is gone may still have been on its way.
  if (heard.length < 2 || holderHeard.length < 2 || last === undefined || holderLast === undefined) return false
  return Math.abs(last - holderLast) <= otherKeyWithinMs
}
