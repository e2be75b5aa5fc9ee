import { damaged } from './damage.ts'
import type { Decoder } from './decoders.ts'

/** No input may hold the loop for longer, in milliseconds; on a busy machine the shortest of three tries counts. */
export const heldMaxMs = 50

export interface FuzzResult {
  readonly cases: number
  readonly taken: number
  readonly slowestMs: number
}

/** Gives a decoder so many damaged inputs. Rejects with the seed of the first that it does not bear. */
export async function fuzz(
  decoder: Decoder,
  options: { readonly first: number; readonly cases: number },
): Promise<FuzzResult> {
  let [taken, slowestMs] = [0, 0]
  for (let seed = options.first; seed < options.first + options.cases; seed += 1) {
    const bytes = damaged(decoder.samples, seed)
    try {
      const [isTaken, ms] = await timed(decoder, bytes)
      if (isTaken) taken += 1
      slowestMs = Math.max(slowestMs, ms)
    } catch (cause) {
      const what = `${decoder.name} does not bear seed ${seed}: ${Buffer.from(bytes).toString('hex').slice(0, 400)}`
      throw new Error(`${what}\n${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`, { cause })
    }
  }
  return { cases: options.cases, taken, slowestMs }
}

/** What became of the bytes and how long it took. Throws what the decoder throws, and where it takes too long. */
export async function timed(decoder: Decoder, bytes: Uint8Array): Promise<readonly [boolean, number]> {
  let leastMs = Infinity
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const startMs = performance.now()
    const answer = decoder.take(bytes)
    const isTaken = typeof answer === 'boolean' ? answer : await answer
    leastMs = Math.min(leastMs, performance.now() - startMs)
    if (leastMs <= heldMaxMs) return [isTaken, leastMs]
  }
  throw new Error(`it took ${leastMs.toFixed(0)} ms`)
}
