import { expect, test } from 'vitest'
import { ByteReader } from '../../src/protocol/byte-reader.ts'
import { ByteWriter } from '../../src/protocol/byte-writer.ts'

test('numbers are read as they were written, each in as few bytes as it takes', () => {
  const numbers = [0, 1, 0x7f, 0x80, 0x3fff, 0x4000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 38 - 1, 2 ** 53 - 1]
  const lengths = [1, 1, 1, 2, 2, 3, 5, 5, 5, 6, 8]
  for (const [at, number] of numbers.entries()) {
    const bytes = new ByteWriter().number(number).finish()
    expect(bytes).toHaveLength(lengths[at] ?? 0)
    expect(new ByteReader(bytes).number(Number.MAX_SAFE_INTEGER)).toBe(number)
  }
})

test('writers at work at the same time do not write into one another, nor into what another has finished', () => {
  const first = new ByteWriter().text('first')
  const second = new ByteWriter().text('second')
  const texts = [first.finish(), second.finish()]
  const third = new ByteWriter().text('third')
  // A finished writer begins anew.
  texts.push(third.finish(), first.text('fourth').finish(), new ByteWriter().raw(new Uint8Array(5000)).finish())
  expect(texts.slice(0, 4).map((bytes) => new ByteReader(bytes).text(64))).toEqual([
    'first',
    'second',
    'third',
    'fourth',
  ])
  expect(texts[4]).toEqual(new Uint8Array(5000))
})
