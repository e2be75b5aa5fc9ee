/** One byte's step of the polynomial 0x1EDC6F41, reflected. */
const steps = Uint32Array.from({ length: 256 }, (_, byte) => {
  let step = byte
  for (let bit = 0; bit < 8; bit += 1) step = step & 1 ? (step >>> 1) ^ 0x82f63b78 : step >>> 1
  return step
})

/** CRC-32C (RFC 3720, appendix B.4), which LevelDB uses; `node:zlib` has the other CRC-32 only. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) crc = (steps[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffff_ffff) >>> 0
}
