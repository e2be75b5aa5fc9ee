import { damaged } from './damage.ts'
import type { Decoder } from './decoders.ts'
import { cpuMs, referenceMs } from './effort.ts'

/**
 * No input may hold the loop for longer than so many times what it takes to look at two megabytes once: some 50 ms. What is read in the square of
 * its length takes hundreds of times as long, and how busy the machine is makes no difference to CPU time.
 */
export const heldMax = 25

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

let unitMs = referenceMs()

/** What became of the bytes and what CPU time it took. Throws what the decoder throws, and where it takes too long each time. */
export async function timed(decoder: Pick<Decoder, 'take'>, bytes: Uint8Array): Promise<readonly [boolean, number]> {
  let leastMs = Infinity
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const startMs = cpuMs()
    const answer = decoder.take(bytes)
    const isTaken = typeof answer === 'boolean' ? answer : await answer
    leastMs = Math.min(leastMs, cpuMs() - startMs)
    if (leastMs <= heldMax * unitMs) return [isTaken, leastMs]
    // It may be the machine that has become slower.
    unitMs = referenceMs()
  }
  throw new Error(
    `it took ${leastMs.toFixed(0)} ms of CPU, ${(leastMs / unitMs).toFixed(0)} times ${unitMs.toFixed(1)} ms`,
  )
}
