import { strict as assert } from 'node:assert'

/**
 * One sentence of a contract, and the check of it. It belongs to no test runner: `run` resolves when the sentence holds and rejects with an
 * `AssertionError` or the first error where it does not.
 *
 * @example
 * ```ts
 * import { randomContract, seededRandom } from 'lampfield/testing'
 *
 * // With a test runner: test(name, run).
 * for (const { name, run } of randomContract(() => seededRandom(1))) {
 *   await run()
 *   console.log(name)
 * }
 * ```
 */
export interface ContractCase {
  /** What must hold, as a sentence that reads on from the name of what is tested. */
  readonly name: string
  /** Checks it, with everything made new. */
  run(this: void): Promise<void>
}

/** What cannot be missing in a case, unless the case is wrong itself. */
export function present<Value>(value: Value | undefined): Value {
  assert.notEqual(value, undefined, 'the case asked for something that is not there')
  return value as Value
}

/** A pattern for `assert.rejects` and `assert.throws`: a `Failure` of this code. */
export const failure = (code: string): { readonly name: string; readonly code: string } => ({ name: 'Failure', code })
