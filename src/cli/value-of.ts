import { faultText, type Reading } from '../config/source.ts'
import { Failure } from '../runtime/failure.ts'

/** What was read; throws `invalid-argument` with all that is wrong with it. */
export function valueOf<Value>(reading: Reading<Value>): Value {
  if (reading.ok) return reading.value
  throw new Failure('invalid-argument', reading.faults.map(faultText).join('; '))
}
