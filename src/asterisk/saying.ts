import type { Explanation } from '../node/views.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Stamp } from '../state/stamp.ts'

/** What an entity said of a device or mailbox, and when. */
export interface Saying<Value> {
  readonly value: Value
  readonly stamp: Stamp
}

/** An entity's word as it stands. `Value` is that of the channel. */
export function sayingOf<Value>({ entries }: Pick<Explanation, 'entries'>, by: EntityId): Saying<Value> | undefined {
  const entry = entries.find(({ entity }) => entity === by)
  return entry === undefined ? undefined : { value: entry.value as Value, stamp: entry.stamp }
}
