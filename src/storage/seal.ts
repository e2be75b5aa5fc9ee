import { crc32 } from 'node:zlib'

/** Bytes of the checksum in front of every stored value. */
const sealBytes = 4

/**
 * LevelDB, as classic-level builds it, verifies no checksum when it reads a table: a flipped bit comes back as data. So each
 * value carries its own, over the key too, lest a value turn up under another key.
 */
export function seal(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = new Uint8Array(sealBytes + value.length)
  sealed.set(value, sealBytes)
  new DataView(sealed.buffer).setUint32(0, checksum(key, value))
  return sealed
}

/** The checksum that a sealed value carries. */
export function sealOf(sealed: Uint8Array): number {
  return new DataView(sealed.buffer, sealed.byteOffset, sealed.byteLength).getUint32(0)
}

/** The value inside; undefined when it is not what was sealed under this key. */
export function unseal(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < sealBytes) return undefined
  const value = sealed.subarray(sealBytes)
  return checksum(key, value) === sealOf(sealed) ? value : undefined
}

/** The key's length goes in first, so that no byte can move between key and value unseen. */
function checksum(key: Uint8Array, value: Uint8Array): number {
  const ofKey = crc32(key, key.length)
  // For no bytes zlib may be handed a null pointer, which it takes as the wish to start over.
  return value.length === 0 ? ofKey : crc32(value, ofKey)
}
