import { parseEntityId, type EntityId } from '../../src/state/entity-id.ts'
import { stampAt, stampAfter, type Stamp } from '../../src/state/stamp.ts'

/** The entity ID with a number in its last two bytes. */
export function entity(number: number): EntityId {
  const hex = number.toString(16).padStart(4, '0')
  const read = parseEntityId(`02:00:00:00:${hex.slice(0, 2)}:${hex.slice(2)}`)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

/** The stamp at a wall-clock millisecond, `counter` stamps into it. */
export function stamp(wallMs: number, counter = 0): Stamp {
  let made = stampAt(wallMs)
  for (let step = 0; step < counter; step += 1) made = stampAfter(made)
  return made
}
