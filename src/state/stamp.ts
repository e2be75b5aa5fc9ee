/**
 * A hybrid logical clock stamp (Kulkarni et al., "Logical Physical Clocks", 2014) in one number: milliseconds since
 * 1970 in the upper 42 bits, a counter in the lower 11. It orders writes of different entities, for the `latest` reducer,
 * and tells since when a value holds. Inside one entity the document's own clock orders writes; stamps only follow it.
 */
export type Stamp = number & { readonly brand: 'Stamp' }

/** Stamps of one millisecond; one more borrows from the next millisecond. */
const perMs = 2 ** 11

/** The last stamp there is: 2^53 - 1, in the year 2109. */
export const stampMax: Stamp = clamped(Number.MAX_SAFE_INTEGER)

/** A stamp heard from another entity moves the own clock at most this far ahead of the wall clock: one day. */
export const driftMaxMs = 86_400_000

/** The first stamp of the year 2100: no clock that is merely wrong is there, and above it stamps can run out. */
export const stampFar: Stamp = clamped(4_102_444_800_000 * perMs)

/** The wall-clock milliseconds of a stamp. */
export const stampWallMs = (stamp: Stamp): number => Math.floor(stamp / perMs)

/** The first stamp of a millisecond. */
export const stampAt = (wallMs: number): Stamp => clamped(Math.floor(wallMs) * perMs)

/** The stamp just above; the last one has none above it and is returned as it is. */
export const stampAfter = (stamp: Stamp): Stamp => clamped(stamp + 1)

/** The stamp for a write at `wallMs`, above `last` whatever the wall clock does. */
export function nextStamp(last: Stamp, wallMs: number): Stamp {
  const [now, after] = [stampAt(wallMs), stampAfter(last)]
  return now > after ? now : after
}

/** What hearing a stamp did: it moved the clock, was already behind it, or lies too far ahead to be followed. */
export type Heard =
  | { readonly kind: 'followed'; readonly last: Stamp }
  | { readonly kind: 'behind'; readonly last: Stamp }
  | { readonly kind: 'too-far-ahead'; readonly last: Stamp; readonly aheadMs: number }

/** The clock after hearing `stamp`. A stamp too far ahead leaves the clock where it is. */
export function hearStamp(last: Stamp, stamp: Stamp, wallMs: number): Heard {
  if (stamp <= last) return { kind: 'behind', last }
  const aheadMs = stampWallMs(stamp) - wallMs
  if (aheadMs > driftMaxMs) return { kind: 'too-far-ahead', last, aheadMs }
  return { kind: 'followed', last: stamp }
}

/** Whether a number is a stamp: whole, not negative, exact in a double. */
export function isStamp(number: number): number is Stamp {
  return Number.isSafeInteger(number) && number >= 0
}

function clamped(number: number): Stamp {
  const bounded = Math.min(Math.max(0, number), Number.MAX_SAFE_INTEGER)
  if (isStamp(bounded)) return bounded
  throw new RangeError(`${number} is no time`)
}
