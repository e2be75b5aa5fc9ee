/**
 * One life of an entity: from a start of its node to its end.
 *
 * `incarnation` grows at each start (milliseconds since 1970, or one above the highest known, whatever is larger).
 * `nonce` is 32 random bits: it orders two lives that took the same incarnation, so that no tie is left open.
 */
export interface Life {
  readonly incarnation: number
  readonly nonce: number
}

/**
 * The version of a replicated document. Inside a life the owner starts a new `epoch` at each roll-over; inside an epoch
 * `clock` counts the document's items. Versions of one document are totally ordered.
 */
export interface Version extends Life {
  readonly epoch: number
  readonly clock: number
}

/**
 * A version in a life. All are made in this one way, member by member: read from the wire, copied and put together in different ways they
 * would be objects of as many kinds to the engine, and comparing them, which a node does thousands of times a second, took several times as long.
 */
export function versionIn({ incarnation, nonce }: Life, epoch: number, clock: number): Version {
  return { incarnation, nonce, epoch, clock }
}

/** Negative when `a` is the earlier life, positive when it is the later one, 0 when they are one life. */
export function compareLives(a: Life, b: Life): number {
  return a.incarnation - b.incarnation || a.nonce - b.nonce
}

/** Negative when `a` is the older version, positive when it is the newer one, 0 when they are equal. */
export function compareVersions(a: Version, b: Version): number {
  return compareLives(a, b) || a.epoch - b.epoch || a.clock - b.clock
}
