import type { NoiseComponents, NoiseExtensions } from '@chainsafe/libp2p-noise'
import type { ConnectionEncrypter } from '@libp2p/interface'

/** What libp2p's streams are made of: bytes, or a list of bytes that gives them as one. */
interface Chunk {
  readonly byteLength: number
  subarray(start?: number, end?: number): Uint8Array
}

/** The ciphers on which a handshake agreed. Noise counts messages: each is to be used once, in order. */
interface Ciphers {
  encrypt(plain: Uint8Array): Chunk
  /** `into`: where the plain bytes may be written, which may be where the encrypted ones stand. */
  decrypt(encrypted: Uint8Array, into: Uint8Array): Chunk
}

interface Duplex {
  readonly source: AsyncIterable<Chunk>
  readonly sink: (chunks: AsyncIterable<Chunk>) => Promise<void>
}

type MakeNoise = (components: NoiseComponents) => ConnectionEncrypter<NoiseExtensions>

/** Noise's longest message, its tag of 16 bytes, and the length of two bytes in front of each (libp2p, "noise-libp2p", section "Wire format"). */
const messageMaxBytes = 65_535
const tagBytes = 16
const lengthBytes = 2

/**
 * Noise that reads and writes a connection in one step each way. By itself it lays a pipe of six parts behind the handshake, whose joints cost each
 * chunk some twenty promises: what comes through is the same.
 */
export function leanNoise(make: MakeNoise): MakeNoise {
  return (components) => {
    const encrypter = make(components)
    if (typeof Reflect.get(encrypter, 'createSecureConnection') !== 'function') {
      throw new Error('noise makes its connections in another way than is known')
    }
    const secured = async (wrapped: { unwrap(): Duplex }, ciphers: Ciphers): Promise<Duplex> => {
      const { source, sink } = wrapped.unwrap()
      return { source: decrypted(source, ciphers), sink: (chunks) => sink(encrypted(chunks, ciphers)) }
    }
    Reflect.set(encrypter, 'createSecureConnection', secured)
    return encrypter
  }
}

/** The messages of some chunks, each with its length in front. */
export async function* encrypted(chunks: AsyncIterable<Chunk>, ciphers: Ciphers): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    const bytes = chunk.subarray()
    for (let at = 0; at < bytes.length; at += messageMaxBytes - tagBytes) {
      const message = ciphers.encrypt(bytes.subarray(at, at + messageMaxBytes - tagBytes))
      const framed = new Uint8Array(lengthBytes + message.byteLength)
      framed[0] = message.byteLength >> 8
      framed[1] = message.byteLength
      framed.set(message.subarray(), lengthBytes)
      yield framed
    }
  }
}

/** What the messages in some chunks say, which may end anywhere. Throws where one is no message, or is cut short by the end. */
export async function* decrypted(chunks: AsyncIterable<Chunk>, ciphers: Ciphers): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    const bytes = kept.length === 0 ? chunk.subarray() : Buffer.concat([kept, chunk.subarray()])
    let at = 0
    for (;;) {
      const start = at + lengthBytes
      const end = start + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
      if (start > bytes.length || end > bytes.length) break
      if (end - start < tagBytes) throw new Error('a message of noise is shorter than its tag')
      yield ciphers.decrypt(bytes.subarray(start, end), bytes.subarray(start, end - tagBytes)).subarray()
      at = end
    }
    kept = bytes.subarray(at)
  }
  if (kept.length > 0) throw new Error('the connection ended within a message of noise')
}
