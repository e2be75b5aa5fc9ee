/**
 * Who should be connected to whom in a cluster too large for everybody to know everybody.
 *
 * All nodes stand on a ring in the order of a hash of their peer IDs; each wants its successor and its predecessor, which alone makes the
 * graph connected. Beyond that each wants those few peers whose *pair hash* with it is lowest (rendezvous hashing): as good as
 * random, so paths are short and no cut is narrow, yet the same at every look, and when a node comes or goes only the links of that node
 * change. Wishes of others arrive as inbound connections; most pairs wish each other, so a node has about a third more links
 * than it wishes.
 */

/** 32 bits of a peer ID (FNV-1a): cheap, and equal on every machine. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return mix(hash)
}

/** The same number for (a, b) and (b, a). */
export function pairHash(a: number, b: number): number {
  return mix(Math.imul(a ^ b, 0x9e3779b1) ^ (a + b))
}

/** The finaliser of MurmurHash3. */
function mix(hash: number): number {
  let z = hash
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
  return (z ^ (z >>> 16)) >>> 0
}

/** Something that stands on the ring. */
export interface RingPlace {
  readonly peer: string
  /** `hashOf(peer)`, kept because it is asked for often. */
  readonly hash: number
}

/**
 * The wished neighbours of `self` among `others`: successor, predecessor, and the `chosenMax` of lowest pair hash. O(others).
 */
export function neighboursOf<Place extends RingPlace>(
  self: RingPlace,
  others: readonly Place[],
  chosenMax: number,
): Set<Place> {
  const wished = new Set<Place>()
  const [successor, predecessor] = [nextOnRing(self, others, 1), nextOnRing(self, others, -1)]
  if (successor !== undefined) wished.add(successor)
  if (predecessor !== undefined) wished.add(predecessor)
  for (const place of lowestPairs(self, others, chosenMax)) wished.add(place)
  return wished
}

function ringOrder(a: RingPlace, b: RingPlace): number {
  return a.hash - b.hash || (a.peer < b.peer ? -1 : a.peer > b.peer ? 1 : 0)
}

function nextOnRing<Place extends RingPlace>(
  self: RingPlace,
  others: readonly Place[],
  direction: 1 | -1,
): Place | undefined {
  let next: Place | undefined
  let first: Place | undefined
  for (const place of others) {
    if (first === undefined || ringOrder(place, first) * direction < 0) first = place
    const isAhead = ringOrder(place, self) * direction > 0
    if (isAhead && (next === undefined || ringOrder(place, next) * direction < 0)) next = place
  }
  return next ?? first
}

function lowestPairs<Place extends RingPlace>(self: RingPlace, others: readonly Place[], max: number): Place[] {
  const lowest: { place: Place; pair: number }[] = []
  for (const place of others) {
    const pair = pairHash(self.hash, place.hash)
    if (lowest.length === max && pair >= (lowest[max - 1]?.pair ?? 0)) continue
    let at = lowest.length
    while (at > 0 && (lowest[at - 1]?.pair ?? 0) > pair) at -= 1
    lowest.splice(at, 0, { place, pair })
    if (lowest.length > max) lowest.length = max
  }
  return lowest.map(({ place }) => place)
}
