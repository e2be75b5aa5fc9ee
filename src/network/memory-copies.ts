/** Bytes that are taken from the machine at once, as many as Node takes for its own small buffers. */
const blockBytes = 8192

/** What is longer gets memory of its own: it is rare, and its rest of a block would be lost. */
const smallMaxBytes = 1024

let block = new ArrayBuffer(blockBytes)
let used = 0

/**
 * A receiver's own copy of a gossiped message: it may do with the bytes what it likes. Memory of its own for each of the hundred thousand copies that a minute of a
 * cluster takes would cost more than all else that the network does with them.
 */
export function copyOf(data: Uint8Array): Uint8Array {
  const { length } = data
  if (length > smallMaxBytes) return data.slice()
  if (used + length > blockBytes) {
    block = new ArrayBuffer(blockBytes)
    used = 0
  }
  const copy = new Uint8Array(block, used, length)
  copy.set(data)
  used += length
  return copy
}
