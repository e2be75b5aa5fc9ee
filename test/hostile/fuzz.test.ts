import { describe, expect, test } from 'vitest'
import { seed } from '../support/seed.ts'
import { corpus } from './corpus.ts'
import { decoders } from './decoders.ts'
import { fuzz, timed } from './fuzz.ts'

/** Inputs for each decoder here; `npm run fuzz` gives as many as one likes. */
const cases = 2000

describe.each(await decoders())('the decoder of $name', (decoder) => {
  test('bears what is damaged', async () => {
    const result = await fuzz(decoder, { first: seed, cases })
    expect(result.taken).toBeLessThan(cases)
  })

  test('takes what is whole', async () => {
    for (const sample of decoder.samples) expect(await decoder.take(sample), Buffer.from(sample).toString()).toBe(true)
  })

  test('refuses what is in the corpus, in time', async () => {
    const inputs = Object.entries(corpus[decoder.name] ?? {})
    expect(inputs.length).toBeGreaterThan(0)
    for (const [name, bytes] of inputs) expect((await timed(decoder, bytes))[0], name).toBe(false)
  })
})

test('a decoder that reads 10 KB in the square of their length is told of', async () => {
  const inSquare = (bytes: Uint8Array): boolean => {
    let found = 0
    for (const one of bytes) for (const other of bytes) if (one === other) found += 1
    return found === 0
  }
  const [isTaken] = await timed({ take: inSquare }, new Uint8Array(1000))
  expect(isTaken).toBe(false)
  await expect(timed({ take: inSquare }, new Uint8Array(10_000))).rejects.toThrow('ms of CPU')
})
