import { decodeMessage } from '../protocol/decode.ts'

/** What is longer comes seldom, and to few. */
const sharedMaxBytes = 4096

/** Of so many messages some are still on their way, or kept by members: in the largest cluster each of a thousand has said a few things lately. */
const generationMax = 8192

interface Reading {
  readonly bytes: Uint8Array
  readonly message: ReturnType<typeof decodeMessage>
}

/**
 * Reads a message once for all nodes of a process. A message never changes, so a thousand nodes that keep each other's last words keep a thousand of them and not a
 * million.
 */
export function sharedDecoder(): typeof decodeMessage {
  let [recent, older] = [new Map<number, Reading>(), new Map<number, Reading>()]
  return (bytes) => {
    if (bytes.length > sharedMaxBytes) return decodeMessage(bytes)
    const hash = hashOf(bytes)
    let reading = recent.get(hash)
    if (reading === undefined || !areSame(reading.bytes, bytes)) {
      reading = older.get(hash)
      if (reading === undefined || !areSame(reading.bytes, bytes)) {
        const own = bytes.slice()
        reading = { bytes: own, message: decodeMessage(own) }
      }
      recent.set(hash, reading)
      if (recent.size >= generationMax) [recent, older] = [new Map(), recent]
    }
    return reading.message
  }
}

const areSame = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

/** FNV-1a over the last bytes, which in a signed message are its signature. */
function hashOf(bytes: Uint8Array): number {
  let hash = 0x811c9dc5 ^ bytes.length
  for (let at = Math.max(0, bytes.length - 64); at < bytes.length; at += 1) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193)
  }
  return hash & 0x3fffffff
}
