/** The most bytes that the length in front of a block may have: 2^28 is beyond every bound. */
const lengthBytesMax = 4

/** A piece of a chunk, and how many blocks begin in it. */
interface Piece {
  readonly from: number
  readonly to: number
  readonly blocks: number
}

/** A length that no node writes. */
export class BlockTooLong extends Error {}

/**
 * Cuts a stream of length-prefixed blocks into pieces in which only so many blocks begin, without reading the blocks. The pieces of a chunk are, put
 * together, the chunk.
 */
export class BlockScan {
  readonly #blockMaxBytes: number
  readonly #pieceMaxBlocks: number
  /** Of the block that has begun. */
  #leftBytes = 0
  #length = 0
  #lengthBytes = 0

  constructor(blockMaxBytes: number, pieceMaxBlocks: number) {
    this.#blockMaxBytes = blockMaxBytes
    this.#pieceMaxBlocks = pieceMaxBlocks
  }

  /** Whether what was read until now ends with a block. */
  get isBetween(): boolean {
    return this.#leftBytes === 0 && this.#lengthBytes === 0
  }

  /** Throws where a block is longer than allowed. */
  *pieces(chunk: Uint8Array): Generator<Piece> {
    let [from, at, blocks] = [0, 0, 0]
    while (at < chunk.length) {
      if (this.#leftBytes > 0) {
        const skipped = Math.min(this.#leftBytes, chunk.length - at)
        this.#leftBytes -= skipped
        at += skipped
        continue
      }
      if (this.#lengthBytes === 0) {
        if (blocks === this.#pieceMaxBlocks) {
          yield { from, to: at, blocks }
          from = at
          blocks = 0
        }
        blocks += 1
      }
      this.#readLength(chunk[at] ?? 0)
      at += 1
    }
    if (at > from) yield { from, to: chunk.length, blocks }
  }

  #readLength(byte: number): void {
    this.#length += (byte & 0x7f) * 128 ** this.#lengthBytes
    this.#lengthBytes += 1
    if (byte >= 0x80 && this.#lengthBytes < lengthBytesMax) return
    if (byte >= 0x80 || this.#length > this.#blockMaxBytes) throw new BlockTooLong('a block over the limit')
    this.#leftBytes = this.#length
    this.#length = 0
    this.#lengthBytes = 0
  }
}
