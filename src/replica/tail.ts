import {
  createEncoder,
  length,
  toUint8Array,
  writeUint8,
  writeUint8Array,
  writeVarString,
  writeVarUint,
  type Encoder,
} from 'lib0/encoding'
import type { History, Link } from './history.ts'
import { bytesKind, deletionKind, hasKey, hasOrigin, rootName, writerClient } from './item-format.ts'

/** Bounds of one update: it is closed before an item of `itemMaxBytes` could outgrow them. */
export interface UpdateBounds {
  readonly updateMaxBytes: number
  readonly structsPerUpdateMax: number
  readonly itemMaxBytes: number
}

/** An update that says nothing: how a document without items travels. */
export const emptyUpdate: Uint8Array = Uint8Array.of(0, 0)

/** What a document was and is, as far as its tails go. */
export interface TailSource {
  readonly history: History
  /** The number of items ever written. */
  readonly clock: number
  /** The value of the item at a clock, as text; undefined where it was overwritten. */
  readonly valueAt: (clock: number) => string | undefined
}

/**
 * Everything from clock `from` on, as contiguous Yjs V1 updates within the bounds, *without* delete sets. Yjs itself
 * always sends the delete set of the whole document; it is not needed here because each item deletes the one before it
 * of the same key when it is integrated, and nothing else ever deletes.
 *
 * The contract test compares its effect with Yjs's own full sync at every cut.
 */
export function encodeTail(source: TailSource, from: number, bounds: UpdateBounds): Uint8Array[] {
  const { history, clock: end } = source
  if (from >= end) return []
  const updates: Uint8Array[] = []
  let place = history.placeOf(from)
  let start = from
  while (start < end) {
    const body = createEncoder()
    let clock = start
    let count = 0
    while (clock < end && count < bounds.structsPerUpdateMax) {
      if (count > 0 && length(body) + bounds.itemMaxBytes > bounds.updateMaxBytes) break
      const next = history.clockAt(place + 1) ?? end
      const link = clock === history.clockAt(place) ? (history.linkAt(place) ?? '') : clock - 1
      writeStruct(body, link, source.valueAt(clock), next - clock)
      clock = next
      count += 1
      place += 1
    }
    updates.push(framed(toUint8Array(body), start, count))
    start = clock
  }
  return updates
}

/** A live item with its value, or the deletion of some overwritten ones. */
function writeStruct(body: Encoder, link: Link, value: string | undefined, clocks: number): void {
  const kind = value === undefined ? deletionKind : bytesKind
  if (typeof link === 'number') {
    writeUint8(body, kind | hasKey | hasOrigin)
    writeVarUint(body, writerClient)
    writeVarUint(body, link)
  } else {
    writeUint8(body, kind | hasKey)
    // The parent is a root, of this name.
    writeVarUint(body, 1)
    writeVarString(body, rootName)
    writeVarString(body, link)
  }
  if (value === undefined) writeVarUint(body, clocks)
  else {
    writeVarUint(body, value.length)
    for (let at = 0; at < value.length; at += 1) writeUint8(body, value.charCodeAt(at))
  }
}

/** One client, its number of structs, and the clock in front; no deletions behind. */
function framed(body: Uint8Array, clock: number, count: number): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, 1)
  writeVarUint(encoder, count)
  writeVarUint(encoder, writerClient)
  writeVarUint(encoder, clock)
  writeUint8Array(encoder, body)
  writeUint8(encoder, 0)
  return toUint8Array(encoder)
}
