const utf8 = new TextEncoder()

/** Nearly all texts are short and ASCII, and then a loop is several times as fast as a call of the encoder. Its length fits in one byte. */
const shortText = 64

/** What the writer that finished last had to write in; undefined while one has it. A new one each time costs more than most messages take to write. */
let spare: Uint8Array | undefined

/** Nothing larger is kept for the next. */
const spareMaxBytes = 65_536

const nothing = new Uint8Array(0)

/** Appends numbers, text and bytes to a buffer that grows. Unsigned numbers are LEB128, as in Yjs and protobuf. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor() {
    this.#bytes = spare ?? new Uint8Array(1024)
    spare = undefined
  }

  byte(value: number): this {
    this.#room(1)
    this.#bytes[this.#length] = value
    this.#length += 1
    return this
  }

  /** A whole number from 0 to 2^53 - 1. */
  number(value: number): this {
    this.#room(8)
    let large = value
    for (; large > 0x7fff_ffff; large = Math.floor(large / 128)) this.#bytes[this.#length++] = (large % 128) | 0x80
    // What fits in 31 bits needs no division.
    let rest = large | 0
    for (; rest > 0x7f; rest >>= 7) this.#bytes[this.#length++] = (rest & 0x7f) | 0x80
    this.#bytes[this.#length++] = rest
    return this
  }

  /** Bytes whose length the reader knows. */
  raw(bytes: Uint8Array): this {
    this.#room(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
    return this
  }

  /** Bytes with their length in front. */
  bytes(bytes: Uint8Array): this {
    return this.number(bytes.length).raw(bytes)
  }

  text(value: string): this {
    if (value.length > shortText) return this.bytes(utf8.encode(value))
    const start = this.#length
    this.#room(1 + value.length)
    this.#bytes[this.#length++] = value.length
    for (let at = 0; at < value.length; at += 1) {
      const code = value.charCodeAt(at)
      if (code > 0x7f) {
        this.#length = start
        return this.bytes(utf8.encode(value))
      }
      this.#bytes[this.#length++] = code
    }
    return this
  }

  /** A list with its length in front; `write` appends one item. */
  list<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.number(items.length)
    for (const item of items) write(item)
    return this
  }

  /** What was written; the writer is empty again. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length)
    if (this.#bytes.length <= spareMaxBytes) spare = this.#bytes
    this.#bytes = nothing
    this.#length = 0
    return written
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
