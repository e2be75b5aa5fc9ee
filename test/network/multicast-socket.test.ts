import { describe, expect, test } from 'vitest'
import { isBounded } from '../../src/network/multicast-socket.ts'
import { multicast } from '../../src/protocol/limits.ts'

function packet(records: readonly number[], bytes: number): Uint8Array {
  const made = new Uint8Array(bytes)
  for (const [at, count] of records.entries()) new DataView(made.buffer).setUint16(4 + 2 * at, count)
  return made
}

describe('what is read of multicast DNS', () => {
  test('a question, and an answer with some addresses', () => {
    expect(isBounded(packet([1, 0, 0, 0], 12 + 40))).toBe(true)
    expect(isBounded(packet([0, 17, 0, 0], 12 + 17 * 90))).toBe(true)
  })

  test.each([
    ['is no packet', packet([], 12).subarray(0, 11)],
    ['announces more records than it has bytes for', packet([0, 65_535, 0, 0], 229)],
    ['announces them in four parts', packet([30, 30, 30, 30], 12 + 5 * 119)],
    ['has more records than anybody needs', packet([0, multicast.recordsMax + 1, 0, 0], 8000)],
    ['is larger than packets are', packet([1, 0, 0, 0], multicast.packetMaxBytes + 1)],
  ])('nothing that %s', (_what, bytes) => {
    expect(isBounded(bytes)).toBe(false)
  })
})
