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
