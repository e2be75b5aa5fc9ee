import { randomInt } from 'node:crypto'

/** Chance as an argument. */
export interface Random {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number
  /** A whole number from 0 to `bound - 1`; `bound` is at least 1. */
  below(bound: number): number
  /** A number from 0 up to, and without, 1. */
  fraction(): number
}

/** The operating system's randomness. */
export const systemRandom: Random = {
  uint32: () => randomInt(2 ** 32),
  below: (bound) => randomInt(bound),
  fraction: () => randomInt(2 ** 32) / 2 ** 32,
}

/**
 * The same numbers for the same seed, on every machine: xoshiro128** seeded through splitmix32
 * (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018). Not for secrets.
 *
 * @example
 * ```ts
 * import { seededRandom } from 'lampfield/testing'
 *
 * console.log(seededRandom(1).below(6) === seededRandom(1).below(6))
 * ```
 */
export function seededRandom(seed: number): Random {
  let mixed = seed >>> 0
  const splitmix = (): number => {
    mixed = (mixed + 0x9e3779b9) >>> 0
    let z = mixed
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) >>> 0
  }
  let [a, b, c, d] = [splitmix(), splitmix(), splitmix(), splitmix()]
  const rotate = (x: number, bits: number): number => (x << bits) | (x >>> (32 - bits))
  const uint32 = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  return {
    uint32,
    below: (bound) => Math.floor((uint32() / 2 ** 32) * bound),
    fraction: () => uint32() / 2 ** 32,
  }
}
