/** What was measured is not what was to be measured: the result does not count. */
export class VerificationError extends Error {
  override readonly name: string = 'VerificationError'
}

export function verify(holds: boolean, what: string): asserts holds {
  if (!holds) throw new VerificationError(what)
}
