import fc from 'fast-check'
import { encode } from 'it-length-prefixed'
import { expect, test } from 'vitest'
import { BlockScan, BlockTooLong } from '../../src/network/block-scan.ts'
import '../support/seed.ts'

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts))

function framed(blocks: readonly Uint8Array[]): Uint8Array {
  return joined([...encode(blocks)].map((block) => block.subarray()))
}

test('the pieces are the stream, cut between blocks, with so many blocks in each', () => {
  const blocks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 40 })
  fc.assert(
    fc.property(blocks, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 500 }), (some, most, chunkBytes) => {
      const stream = framed(some)
      const scan = new BlockScan(1000, most)
      const pieces: Uint8Array[] = []
      let begun = 0
      for (let at = 0; at < stream.length; at += chunkBytes) {
        const chunk = stream.subarray(at, at + chunkBytes)
        for (const piece of scan.pieces(chunk)) {
          pieces.push(chunk.subarray(piece.from, piece.to))
          begun += piece.blocks
          expect(piece.blocks).toBeLessThanOrEqual(most)
        }
      }
      expect(joined(pieces)).toEqual(stream)
      expect(begun).toBe(some.length)
    }),
  )
})

test.each([
  ['of 1001 bytes', Uint8Array.of(0xe9, 0x07)],
  ['of 4 GB', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)],
  ['without end', new Uint8Array(20).fill(0x80)],
])('a length %s is refused', (_what, bytes) => {
  const scan = new BlockScan(1000, 3)
  expect(() => [...scan.pieces(bytes)]).toThrow(BlockTooLong)
})
