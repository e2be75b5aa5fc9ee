/**
 * Short bytes of which many are kept are text of one character a byte: in memory it takes 24 bytes where a `Uint8Array` with its
 * buffer takes 200, and two of them are compared like numbers. Whoever asks gets bytes.
 */

/** Up to so many bytes a loop is faster than a call into Node. */
const shortBytes = 48

/** The text of some bytes. */
export function textOf(bytes: Uint8Array): string {
  if (bytes.length <= shortBytes) return String.fromCharCode.apply(undefined, bytes as unknown as number[])
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** The bytes of a text; nobody else's. */
export function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  writeBytes(bytes, text, 0)
  return bytes
}

/** Writes the bytes of a text and returns where they end. */
export function writeBytes(bytes: Uint8Array, text: string, start: number): number {
  for (let at = 0; at < text.length; at += 1) bytes[start + at] = text.charCodeAt(at)
  return start + text.length
}

/** Writes a number in 4 bytes, the highest first, and returns where they end. */
export function writeUint32(bytes: Uint8Array, number: number, start: number): number {
  bytes[start] = number >>> 24
  bytes[start + 1] = number >>> 16
  bytes[start + 2] = number >>> 8
  bytes[start + 3] = number
  return start + 4
}
