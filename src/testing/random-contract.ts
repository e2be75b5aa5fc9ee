import { strict as assert } from 'node:assert'
import type { Random } from '../runtime/random.ts'
import type { ContractCase } from './contract-case.ts'

/** Draws of a case. That one of 16 equal parts is never hit in so many has a chance of some 10^-27. */
const draws = 1000

/**
 * What every `Random` promises.
 *
 * @example
 * ```ts
 * import { randomContract, seededRandom } from 'lampfield/testing'
 *
 * for (const { run } of randomContract(() => seededRandom(1))) await run()
 * ```
 */
export function randomContract(make: () => Random): ContractCase[] {
  return Object.entries(cases).map(([name, check]) => ({ name, run: async () => check(make()) }))
}

const cases: Readonly<Record<string, (random: Random) => void>> = {
  'gives whole numbers of 32 bits, from all over': (random) => {
    spread(
      draw(() => random.uint32()),
      2 ** 32,
      true,
    )
  },
  'gives whole numbers below a bound, each of them': (random) => {
    spread(
      draw(() => random.below(16)),
      16,
      true,
    )
    assert.deepEqual(new Set(draw(() => random.below(1))), new Set([0]))
    assert.ok(draw(() => random.below(2 ** 32)).some((number) => number > 2 ** 31))
  },
  'gives fractions from 0 up to, and without, 1': (random) => {
    spread(
      draw(() => random.fraction()),
      1,
      false,
    )
  },
  'does not repeat itself': (random) => {
    const numbers = draw(() => random.uint32())
    assert.ok(new Set(numbers).size > draws - 10)
    const turns = numbers.filter((number, at) => number > (numbers[at - 1] ?? 0)).length
    assert.ok(turns > draws / 4 && turns < (draws * 3) / 4, 'it only grows or only falls')
  },
}

const draw = (from: () => number): number[] => Array.from({ length: draws }, from)

function spread(numbers: readonly number[], bound: number, isWhole: boolean): void {
  for (const number of numbers) {
    assert.ok(number >= 0 && number < bound, `${number} is not from 0 to below ${bound}`)
    if (isWhole) assert.ok(Number.isInteger(number), `${number} is not whole`)
  }
  assert.equal(new Set(numbers.map((number) => Math.floor((number / bound) * 16))).size, 16, 'a sixteenth is never hit')
}
