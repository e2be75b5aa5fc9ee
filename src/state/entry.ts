import type { EntityId } from './entity-id.ts'
import { isStamp, type Stamp } from './stamp.ts'

/** What one entity says of one key. */
export interface Entry<Value> {
  readonly entity: EntityId
  readonly value: Value
  readonly stamp: Stamp
}

/** Bytes of a stamp in front of every stored value: 53 bits fit in 7. */
export const stampBytes = 7

/** An entry as it is stored and sent: the stamp, big-endian, then the channel's encoding of the value. */
export function encodeEntry(stamp: Stamp, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(stampBytes + value.length)
  let rest: number = stamp
  for (let at = stampBytes - 1; at >= 0; at -= 1) {
    bytes[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  bytes.set(value, stampBytes)
  return bytes
}

/** The stamp in front of stored bytes; undefined when they are too short or the number is no stamp. */
export function decodeStamp(bytes: Uint8Array): Stamp | undefined {
  if (bytes.length < stampBytes) return undefined
  let stamp = 0
  for (let at = 0; at < stampBytes; at += 1) stamp = stamp * 256 + (bytes[at] ?? 0)
  return isStamp(stamp) ? stamp : undefined
}
