import { entityIdByte, type EntityId } from './entity-id.ts'

/**
 * With which members a node says it is linked. `all` of those that count in its eyes, with a check, since it may not know of all; else those named by
 * their marks.
 */
export type LinkClaim =
  | { readonly all: true; readonly check: number }
  | { readonly all: false; readonly marks: readonly number[] }

/**
 * An entity in 16 bits: the last two bytes of its ID. Two that share one are taken for each other where links are told, and a link counts only if both its
 * ends tell of it.
 */
export function markOf(entity: EntityId): number {
  return (entityIdByte(entity, 4) << 8) | entityIdByte(entity, 5)
}

/** The marks of some entities in one number, in any order. */
export function checkOf(entities: Iterable<EntityId>): number {
  let check = 0
  for (const entity of entities) check ^= markOf(entity)
  return check
}

/** Whether two claims say the same in the same words. */
export function isSameClaim(one: LinkClaim, other: LinkClaim): boolean {
  if (one.all) return other.all && one.check === other.check
  return (
    !other.all && one.marks.length === other.marks.length && one.marks.every((mark, at) => mark === other.marks[at])
  )
}
