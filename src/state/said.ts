import type { EntityId } from './entity-id.ts'
import type { Entry } from './entry.ts'

/** One entity, as the entries it says know it: whether it counts is looked up here by all of them at once. */
export interface Source {
  readonly entity: EntityId
  counted: boolean
  /** The keys it says something of. */
  readonly keys: Set<string>
}

/** An entry and who says it. */
export interface Said<Value> extends Entry<Value> {
  readonly source: Source
}
