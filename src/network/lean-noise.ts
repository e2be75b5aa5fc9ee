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

/**
 * What the messages in some chunks say, which may end anywhere. Throws where one is no message, or is cut short by the end. Messages that are whole in
 * their chunk are read where they stand; of one that is not, each byte is copied once, however small the chunks are.
 */
export async function* decrypted(chunks: AsyncIterable<Chunk>, ciphers: Ciphers): AsyncGenerator<Uint8Array> {
  // The beginning of a message, with room for the rest of it; before its length is known, for that alone.
  let begun: Uint8Array = new Uint8Array(0)
  let begunBytes = 0
  for await (const chunk of chunks) {
    const bytes = chunk.subarray()
    let at = 0
    while (begunBytes > 0 && at < bytes.length) {
      const part = bytes.subarray(at, at + begun.length - begunBytes)
      begun.set(part, begunBytes)
      begunBytes += part.length
      at += part.length
      if (begunBytes < begun.length) break
      const end = endOf(begun, 0)
      if (end > begun.length) begun = withRoom(begun, end)
      else {
        yield opened(begun, 0, end, ciphers)
        begunBytes = 0
      }
    }
    for (let end = endOf(bytes, at); end <= bytes.length; end = endOf(bytes, at)) {
      yield opened(bytes, at, end, ciphers)
      at = end
    }
    if (at === bytes.length) continue
    const rest = bytes.subarray(at)
    begun = withRoom(rest, rest.length < lengthBytes ? lengthBytes : endOf(rest, 0))
    begunBytes = rest.length
  }
  if (begunBytes > 0) throw new Error('the connection ended within a message of noise')
}

/** Where the message that begins here ends; where its length is not there yet, behind that. */
function endOf(bytes: Uint8Array, at: number): number {
  return at + lengthBytes + (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0)
}

function opened(bytes: Uint8Array, at: number, end: number, ciphers: Ciphers): Uint8Array {
  const start = at + lengthBytes
  if (end - start < tagBytes) throw new Error('a message of noise is shorter than its tag')
  return ciphers.decrypt(bytes.subarray(start, end), bytes.subarray(start, end - tagBytes)).subarray()
}

function withRoom(beginning: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  bytes.set(beginning)
  return bytes
}
