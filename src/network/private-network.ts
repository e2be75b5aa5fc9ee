import { randomBytes } from 'node:crypto'
import type { ConnectionProtector, MultiaddrConnection } from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import { ByteSource } from './byte-source.ts'
import { CipherStream } from './cipher-stream.ts'
import { withResolvers } from './node20.ts'
import type { TurnedAwayReason } from './turned-away.ts'

/** XSalsa20's. */
const nonceBytes = 24

/** What each side of a libp2p connection says first: multistream-select's name, with its length in front. */
const greeting = new TextEncoder().encode('\x13/multistream/1.0.0\n')

/** A nonce and a greeting follow a TCP connection at once; twice libp2p's own bound for the nonce, as a busy machine may be slow. */
const agreeMaxMs = 2000

export interface PrivateNetworkOptions {
  /** At least one, of 32 bytes each. The first is dialled with; whoever dials may use any. */
  readonly keys: readonly Uint8Array[]
  readonly clock: Clock
  /** Whether a connection was accepted here, by the object that all its forms share. */
  readonly isInbound: (connection: MultiaddrConnection) => boolean
  readonly turnedAway: (reason: TurnedAwayReason, address: string) => void
}

/** Thrown where no key fits. libp2p closes the connection. */
class KeyMismatch extends Error {
  readonly reason: TurnedAwayReason

  constructor(reason: TurnedAwayReason) {
    super(`no common cluster key: ${reason}`)
    this.reason = reason
  }
}

/**
 * libp2p's private network (specification "Private Networks", as `@libp2p/pnet` speaks it) with several keys, so that a
 * cluster's key can be changed while it runs. Each side sends a nonce, and all that follows is encrypted with XSalsa20. Whoever dials
 * greets first, with a fixed text: whoever accepts finds the key by trying which of its own makes that text of the first bytes.
 */
export class PrivateNetwork implements ConnectionProtector {
  readonly #options: PrivateNetworkOptions

  constructor(options: PrivateNetworkOptions) {
    this.#options = options
  }

  async protect(connection: MultiaddrConnection): Promise<MultiaddrConnection> {
    const { turnedAway, isInbound } = this.#options
    try {
      return await this.#protect(connection, isInbound(connection))
    } catch (error) {
      if (error instanceof KeyMismatch) turnedAway(error.reason, connection.remoteAddr.toString())
      throw error
    }
  }

  async #protect(connection: MultiaddrConnection, isInbound: boolean): Promise<MultiaddrConnection> {
    const localNonce = new Uint8Array(randomBytes(nonceBytes))
    const outgoing = withResolvers<Outgoing>()
    outgoing.promise.catch(() => {})
    const sent = Promise.resolve(connection.sink(send(localNonce, outgoing.promise)))
    // Its failure shows in the reading, too; here it must only not go unhandled.
    sent.catch(() => {})
    try {
      const source = new ByteSource(connection.source)
      const { key, cipher, first } = await this.#within(isInbound ? this.#accept(source) : this.#dial(source))
      const incoming = isInbound ? decrypted(source, cipher, first) : this.#checked(source, cipher, connection)
      return {
        ...connection,
        source: incoming,
        sink: (chunks) => {
          outgoing.resolve({ chunks, cipher: new CipherStream(key, localNonce) })
          return sent
        },
      }
    } catch (error) {
      outgoing.reject(error)
      throw error
    }
  }

  async #dial(source: ByteSource): Promise<Agreed> {
    const [key] = this.#options.keys
    if (key === undefined) throw new Error('a private network has at least one key')
    return { key, cipher: new CipherStream(key, await readNonce(source)), first: new Uint8Array(0) }
  }

  async #accept(source: ByteSource): Promise<Agreed> {
    const nonce = await readNonce(source)
    const first = await source.take(greeting.length)
    for (const key of this.#options.keys) {
      const cipher = new CipherStream(key, nonce)
      const plain = cipher.update(first)
      if (Buffer.compare(plain, greeting) === 0) return { key, cipher, first: plain }
    }
    throw new KeyMismatch('foreign-key')
  }

  /** Decrypts what whoever was dialled says, and makes sure that it has the same key. */
  async *#checked(source: ByteSource, cipher: CipherStream, { remoteAddr }: MultiaddrConnection): Chunks {
    const plain = cipher.update(await source.take(greeting.length))
    if (Buffer.compare(plain, greeting) !== 0) {
      this.#options.turnedAway('foreign-key', remoteAddr.toString())
      throw new KeyMismatch('foreign-key')
    }
    yield* decrypted(source, cipher, plain)
  }

  async #within(agreeing: Promise<Agreed>): Promise<Agreed> {
    const late = withResolvers<never>()
    const cancel = this.#options.clock.after(agreeMaxMs, () => late.reject(new KeyMismatch('silent-connection')))
    try {
      return await Promise.race([agreeing, late.promise])
    } finally {
      cancel()
    }
  }
}

type Chunks = AsyncGenerator<Uint8Array, void, unknown>

interface Agreed {
  readonly key: Uint8Array
  readonly cipher: CipherStream
  /** What was decrypted already. */
  readonly first: Uint8Array
}

interface Outgoing {
  readonly chunks: Parameters<MultiaddrConnection['sink']>[0]
  readonly cipher: CipherStream
}

async function readNonce(source: ByteSource): Promise<Uint8Array> {
  const nonce = await source.take(nonceBytes)
  // Whoever has no key greets at once, where a nonce should be.
  if (Buffer.compare(nonce.subarray(0, greeting.length), greeting) === 0) throw new KeyMismatch('no-key')
  return nonce
}

async function* send(nonce: Uint8Array, outgoing: Promise<Outgoing>): Chunks {
  yield nonce
  const { chunks, cipher } = await outgoing
  for await (const chunk of chunks) yield cipher.update(chunk.subarray())
}

async function* decrypted(source: ByteSource, cipher: CipherStream, first: Uint8Array): Chunks {
  if (first.length > 0) yield first
  for await (const chunk of source.rest()) yield cipher.update(chunk)
}
