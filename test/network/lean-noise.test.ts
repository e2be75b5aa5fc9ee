import { noise, type NoiseComponents } from '@chainsafe/libp2p-noise'
import { generateKeyPair } from '@libp2p/crypto/keys'
import type { ComponentLogger, MultiaddrConnection, Upgrader } from '@libp2p/interface'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decrypted, encrypted, leanNoise } from '../../src/network/lean-noise.ts'
import { byteWork } from '../support/byte-work.ts'
import { silentLogger } from '../support/silent-logger.ts'
import '../support/seed.ts'
import { ends } from './cut-pipe.ts'

const tag = new Uint8Array(16).fill(7)

/** Adds and takes a tag, and changes every byte. */
const ciphers = {
  encrypt: (plain: Uint8Array) => Buffer.concat([plain.map((byte) => byte ^ 0x55), tag]),
  decrypt: (sealed: Uint8Array) => sealed.slice(0, -tag.length).map((byte) => byte ^ 0x55),
}

async function* chunksOf(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const end = at + (sizes[turn % sizes.length] ?? 1)
    yield bytes.subarray(at, end)
    at = end
  }
}

async function all(chunks: AsyncIterable<{ subarray(): Uint8Array }>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk.subarray())
  return Buffer.concat(parts)
}

const sizes = fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 4 })

describe('what is encrypted', () => {
  it('is decrypted to the same bytes, wherever chunks end', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 300_000 }), sizes, sizes, async (length, said, heard) => {
        const bytes = Buffer.alloc(length, 'lampfield')
        const sealed = await all(encrypted(chunksOf(bytes, said), ciphers))
        expect(Buffer.compare(await all(decrypted(chunksOf(sealed, heard), ciphers)), bytes)).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  /** The longest message, cut so, and how often each byte of it was copied on the way. */
  async function copiesOf(size: number): Promise<number> {
    const plain = Buffer.alloc(65_535 - tag.length, 'lampfield')
    const sealed = await all(encrypted(chunksOf(plain, [plain.length]), ciphers))
    const said: Uint8Array[] = []
    const copied = byteWork()
    for await (const chunk of decrypted(chunksOf(sealed, [size]), ciphers)) said.push(chunk)
    const copies = copied() / sealed.length
    expect(said).toHaveLength(1)
    expect(Buffer.compare(said[0] ?? tag, plain)).toBe(0)
    return copies
  }

  it.each([1, 2, 3, 1000, 60_000])('is copied once where it comes %i bytes at a time (invariant 7)', async (size) => {
    const copies = await copiesOf(size)
    expect(copies).toBeGreaterThan(0.99)
    expect(copies).toBeLessThan(1.01)
  })

  it('is not copied where it comes whole', async () => {
    expect(await copiesOf(65_537)).toBe(0)
  })

  it('is no message where it is shorter than a tag, or cut short', async () => {
    const sealed = await all(encrypted(chunksOf(Buffer.from('hello'), [5]), ciphers))
    const reading = (bytes: Uint8Array): Promise<Buffer> => all(decrypted(chunksOf(bytes, [3]), ciphers))
    await expect(reading(Uint8Array.of(0, 15, ...tag))).rejects.toThrow('shorter than its tag')
    await expect(reading(Uint8Array.of(0, 0))).rejects.toThrow('shorter than its tag')
    for (let end = 1; end < sealed.length; end += 1) {
      await expect(reading(sealed.subarray(0, end))).rejects.toThrow('ended within a message')
    }
  })
})

describe('leanNoise', () => {
  const logger: ComponentLogger = { forComponent: () => silentLogger }
  const upgrader = { getStreamMuxers: () => new Map() } as unknown as Upgrader
  const side = async (isLean: boolean) => {
    const privateKey = await generateKeyPair('Ed25519')
    const make = isLean ? leanNoise(noise()) : noise()
    return make({ privateKey, logger, upgrader } as unknown as NoiseComponents)
  }

  it.each([
    [true, true, 7],
    [true, false, 1000],
    [false, true, 100_000],
  ])('speaks with noise as it is (lean: %s and %s, pieces of %i bytes)', async (isNearLean, isFarLean, pieceMax) => {
    const [near, far] = [await side(isNearLean), await side(isFarLean)]
    const [dialled, accepted] = ends(pieceMax)
    const [outbound, inbound] = await Promise.all([near.secureOutbound(dialled), far.secureInbound(accepted)])
    const said = (name: string): Buffer => Buffer.alloc(150_000, name)
    const speak = async (connection: MultiaddrConnection, bytes: Buffer): Promise<void> => {
      await connection.sink(chunksOf(bytes, [1, 70_000, 33]))
    }
    const [toFar, toNear] = await Promise.all([
      all(inbound.conn.source),
      all(outbound.conn.source),
      speak(outbound.conn, said('near')),
      speak(inbound.conn, said('far')),
    ])
    expect(Buffer.compare(toFar, said('near'))).toBe(0)
    expect(Buffer.compare(toNear, said('far'))).toBe(0)
  })

  it('refuses to work with a noise that makes its connections elsewhere', () => {
    const make = leanNoise((() => ({})) as unknown as ReturnType<typeof noise>)
    expect(() => make({} as Parameters<typeof make>[0])).toThrow('in another way than is known')
  })
})
