import { expect, test } from 'vitest'
import { copyOf } from '../../src/network/memory-copies.ts'

test('copies of all lengths stay what they were, whatever becomes of the others', () => {
  const sent = Array.from({ length: 200 }, (_, at) => new Uint8Array((at * 37) % 1500).fill(at))
  const copies = sent.map(copyOf)
  expect(copies).toEqual(sent)
  for (const copy of copies.filter((_, at) => at % 2 === 0)) copy.fill(255)
  const kept = copies.filter((_, at) => at % 2 === 1)
  expect(kept).toEqual(sent.filter((_, at) => at % 2 === 1))
})
