import { createEncoder, length, toUint8Array, writeUint8, writeUint8Array, writeVarUint } from 'lib0/encoding'
import { findIndexSS, UpdateEncoderV1, type GC, type Item } from 'yjs'

/** The only writer of every document. The document's name says whose it is, so the number need not. */
export const writerClient = 1

/** Bounds of one update: it is closed before an item of `itemMaxBytes` could outgrow them. */
export interface UpdateBounds {
  readonly updateMaxBytes: number
  readonly structsPerUpdateMax: number
  readonly itemMaxBytes: number
}

/** An update that says nothing: how a document without items travels. */
export const emptyUpdate: Uint8Array = Uint8Array.of(0, 0)

/**
 * Everything from clock `from` on, as contiguous Yjs V1 updates within the bounds, *without* delete sets. Yjs itself
 * always sends the delete set of the whole document; it is not needed here because each item deletes the one before it
 * of the same key when it is integrated, and nothing else ever deletes.
 *
 * This leans on what yjs 13.6.33 exports but does not document (`UpdateEncoderV1`, `findIndexSS`, `Item.write`); the
 * contract test compares its effect with Yjs's own full sync at every cut.
 */
export function encodeTail(structs: (GC | Item)[], from: number, bounds: UpdateBounds): Uint8Array[] {
  const last = structs.at(-1)
  if (last === undefined || from >= last.id.clock + last.length) return []
  const updates: Uint8Array[] = []
  let at = findIndexSS(structs, from)
  let start = from
  while (at < structs.length) {
    const body = new UpdateEncoderV1()
    let clock = start
    let count = 0
    while (at < structs.length && count < bounds.structsPerUpdateMax) {
      const struct = structs[at]
      if (struct === undefined) break
      if (count > 0 && length(body.restEncoder) + bounds.itemMaxBytes > bounds.updateMaxBytes) break
      struct.write(body, clock - struct.id.clock)
      clock = struct.id.clock + struct.length
      count += 1
      at += 1
    }
    updates.push(framed(body.toUint8Array(), start, count))
    start = clock
  }
  return updates
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
