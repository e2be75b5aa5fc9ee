import { xsalsa20 } from '@noble/ciphers/salsa'

/** A block of Salsa20, in bytes. */
const blockBytes = 64

/**
 * XSalsa20 over a stream of chunks of any size, as libp2p's private networks use it. The cipher counts blocks in 32 bits here: past 256 GiB in one
 * direction it throws, which breaks the connection, and the next one begins anew.
 */
export class CipherStream {
  readonly #key: Uint8Array
  readonly #nonce: Uint8Array
  #position = 0

  /** A key of 32 bytes and a nonce of 24. */
  constructor(key: Uint8Array, nonce: Uint8Array) {
    this.#key = key
    this.#nonce = nonce
  }

  /** The next bytes of the stream, encrypted or decrypted: it is the same. */
  update(chunk: Uint8Array): Uint8Array {
    const offset = this.#position % blockBytes
    const padded = new Uint8Array(offset + chunk.length)
    padded.set(chunk, offset)
    const whole = xsalsa20(this.#key, this.#nonce, padded, undefined, (this.#position - offset) / blockBytes)
    this.#position += chunk.length
    return whole.subarray(offset)
  }
}
