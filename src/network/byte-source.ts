/** What libp2p's streams are made of: bytes, or a list of bytes that gives them as one. */
export interface Chunk {
  readonly byteLength: number
  subarray(): Uint8Array
}

/** Reads exact numbers of bytes from the front of a stream, and then the rest as it comes. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Chunk> | Iterator<Chunk>
  #kept: Uint8Array = new Uint8Array(0)

  constructor(chunks: AsyncIterable<Chunk> | Iterable<Chunk>) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Rejects where the stream ends before. */
  async take(bytes: number): Promise<Uint8Array> {
    while (this.#kept.length < bytes) {
      const next = await this.#chunks.next()
      if (next.done === true) throw new Error(`the stream ended after ${this.#kept.length} of ${bytes} bytes`)
      this.#kept = joined(this.#kept, next.value.subarray())
    }
    const taken = this.#kept.subarray(0, bytes)
    this.#kept = this.#kept.subarray(bytes)
    return taken
  }

  async *rest(): AsyncGenerator<Uint8Array, void, unknown> {
    if (this.#kept.length > 0) {
      yield this.#kept
      this.#kept = new Uint8Array(0)
    }
    try {
      for (;;) {
        const next = await this.#chunks.next()
        if (next.done === true) return
        yield next.value.subarray()
      }
    } finally {
      await this.#chunks.return?.()
    }
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
