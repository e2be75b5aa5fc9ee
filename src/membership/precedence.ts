import type { EntityId } from '../state/entity-id.ts'

/** What decides which entities have to give way when there is no room for all. */
export interface Rank {
  readonly entity: EntityId
  /** The how manieth entity it was that this node met. */
  readonly seen: number
  /** A person has said whose key it has. */
  readonly pinned: boolean
}

/**
 * Whether one entity keeps its place before another: pinned ones first, then whoever was met first. Names and keys cost nothing, so nothing that an
 * entity says or does may bring it before one that was there before it.
 */
export function isBefore(one: Rank, other: Rank): boolean {
  if (one.pinned !== other.pinned) return one.pinned
  return one.seen === other.seen ? one.entity < other.entity : one.seen < other.seen
}

/** The one that gives way to all others; undefined of none. */
export function lastOf<Some extends Rank>(all: Iterable<Some>): Some | undefined {
  let last: Some | undefined
  for (const one of all) if (last === undefined || isBefore(last, one)) last = one
  return last
}
