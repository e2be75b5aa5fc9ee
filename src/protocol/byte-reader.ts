const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Nearly all texts are short and ASCII, and then a loop is several times as fast as a call of the decoder. */
const shortText = 32

function shortAscii(bytes: Uint8Array): string | undefined {
  let text = ''
  for (const byte of bytes) {
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** Why bytes could not be read. Thrown inside the decoder only; its gate turns it into a value. */
export class Unreadable extends Error {}

/** Reads what `ByteWriter` wrote. Every read is checked against the end, and every length against a bound, first. */
export class ByteReader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  byte(): number {
    const value = this.#bytes[this.#at]
    if (value === undefined) throw new Unreadable('truncated')
    this.#at += 1
    return value
  }

  /** A whole number from 0 to `max` (at most 2^53 - 1). */
  number(max: number): number {
    let value = 0
    let factor = 1
    for (;;) {
      const next = this.byte()
      value += (next & 0x7f) * factor
      if (value > max) throw new Unreadable('number-too-large')
      if (next < 0x80) {
        // One number has one encoding: a padded one would give equal messages different bytes.
        if (next === 0 && factor > 1) throw new Unreadable('number-padded')
        return value
      }
      factor *= 128
      if (factor > 2 ** 53) throw new Unreadable('number-too-large')
    }
  }

  /** Exactly `length` bytes, as a view of the message. */
  raw(length: number): Uint8Array {
    if (this.#at + length > this.#bytes.length) throw new Unreadable('truncated')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  bytes(maxBytes: number): Uint8Array {
    return this.raw(this.number(maxBytes))
  }

  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes)
    const short = bytes.length <= shortText ? shortAscii(bytes) : undefined
    if (short !== undefined) return short
    try {
      return utf8.decode(bytes)
    } catch {
      throw new Unreadable('text-not-utf8')
    }
  }

  list<Item>(max: number, read: () => Item): Item[] {
    const count = this.number(max)
    const items: Item[] = []
    for (let index = 0; index < count; index += 1) items.push(read())
    // A list that grew has room for 17 at the least; a copy has none to spare, and those of heartbeats are kept by the thousand.
    return items.slice()
  }

  /** All bytes up to here. */
  before(): Uint8Array {
    return this.#bytes.subarray(0, this.#at)
  }

  /** Nothing may follow. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw new Unreadable('trailing-bytes')
  }
}
