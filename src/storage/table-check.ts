import { crc32c } from './crc32c.ts'

/**
 * Whether a LevelDB table is whole: every block of it has the checksum it was written with.
 *
 * LevelDB would not look: classic-level gives no way to ask for it, and a table with a turned bit then yields wrong data, or
 * ends the process in an assertion. The layout is that of LevelDB's `doc/table_format.md`, without compression, which the
 * store does not use.
 */
export function isWholeTable(file: Uint8Array): boolean {
  try {
    const footer = new Reader(file.subarray(file.length - footerBytes))
    const metaIndex = footer.handle()
    const index = footer.handle()
    if (Buffer.compare(file.subarray(file.length - magic.length), magic) !== 0) return false
    const handles = [...handlesIn(block(file, metaIndex)), ...handlesIn(block(file, index))]
    let checked = footerBytes + size(metaIndex) + size(index)
    for (const handle of handles) {
      block(file, handle)
      checked += size(handle)
    }
    return checked === file.length
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Where a block lies, without its trailer. */
interface Handle {
  readonly offset: number
  readonly length: number
}

const footerBytes = 48

/** The last 8 bytes of every table. */
const magic = Buffer.from('57fb808b247547db', 'hex')

/** After each block: its kind of compression (0: none) and the checksum. */
const trailerBytes = 5

const size = (handle: Handle): number => handle.length + trailerBytes

/** The contents of a block. Throws a RangeError when they are not what was written. */
function block(file: Uint8Array, { offset, length }: Handle): Uint8Array {
  const end = offset + length
  if (end + trailerBytes > file.length) throw new RangeError('a block lies outside of the file')
  const masked = new DataView(file.buffer, file.byteOffset + end + 1).getUint32(0, true)
  // LevelDB stores checksums turned and shifted, because a checksum over data that holds checksums is weak.
  const turned = (masked - 0xa282ead8) >>> 0
  const noted = ((turned << 15) | (turned >>> 17)) >>> 0
  const isUncompressed = file[end] === 0
  if (!isUncompressed || crc32c(file.subarray(offset, end + 1)) !== noted) throw new RangeError('a checksum differs')
  return file.subarray(offset, end)
}

/** The handles that an index block holds as its values. */
function* handlesIn(index: Uint8Array): Generator<Handle> {
  const restarts = new DataView(index.buffer, index.byteOffset + index.length - 4).getUint32(0, true)
  const entries = new Reader(index.subarray(0, index.length - 4 * (restarts + 1)))
  while (!entries.isAtEnd()) {
    entries.number() // Bytes shared with the key before.
    const keyBytes = entries.number()
    entries.number() // Bytes of the value, which ends with the handle it is.
    entries.skip(keyBytes)
    yield entries.handle()
  }
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  skip(count: number): void {
    this.#at += count
    if (this.#at > this.#bytes.length) throw new RangeError('an index entry is cut short')
  }

  /** A variable-length number: seven bits a byte, lowest first. Tables stay far below 2^42 bytes. */
  number(): number {
    let value = 0
    for (let shift = 0; shift < 42; shift += 7) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined) break
      this.#at += 1
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    throw new RangeError('a number is cut short')
  }

  handle(): Handle {
    return { offset: this.number(), length: this.number() }
  }
}
