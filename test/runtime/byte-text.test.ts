import { expect, test } from 'vitest'
import { bytesOf, textOf } from '../../src/runtime/byte-text.ts'

test('a value is the same bytes after it was text, whatever its bytes and its length', () => {
  for (const length of [0, 1, 8, 47, 48, 49, 4096]) {
    // Out of the middle of something larger, as a value lies in the update it came with.
    const bytes = Uint8Array.from({ length: length + 9 }, (_, at) => 255 - (at % 256)).subarray(5, length + 5)
    expect(textOf(bytes).length).toBe(length)
    expect(bytesOf(textOf(bytes))).toEqual(new Uint8Array(bytes))
  }
})
