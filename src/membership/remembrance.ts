import type { EntityId } from '../state/entity-id.ts'
import type { Life } from '../state/version.ts'
import type { Binding } from './event.ts'
import type { Remembrance, Turn } from './view.ts'

/** Entities remembered beyond the members; a thousand times as many as a large cluster loses in a year. */
export const rememberedMax = 10_000

/** A nonce is 32 bits. */
const nonceMax = 2 ** 32 - 1

/** The life just above: the lowest one that is heard of an entity that has left. */
export function lifeAfter({ incarnation, nonce }: Life): Life {
  return nonce < nonceMax ? { incarnation, nonce: nonce + 1 } : { incarnation: incarnation + 1, nonce: 0 }
}

/**
 * Remembers an entity that is no member. The one unheard for longest makes room, of those that were never linked while there are any: names cost
 * nothing, and whoever makes up ten thousand must not have a real server's forgotten and then speak for it.
 */
export function remember({ view, effects }: Turn, binding: Binding, sequence = 0): void {
  const { entity, publicKey, life, evidence, linked = false } = binding
  view.remembered.delete(entity)
  view.remembered.set(entity, { publicKey, life, evidence, linked, sequence, informedMs: Number.NEGATIVE_INFINITY })
  if (view.remembered.size <= rememberedMax) return
  const leaving = leastKnown(view.remembered)
  if (leaving === undefined) return
  view.remembered.delete(leaving)
  effects.push({ kind: 'released', entity: leaving })
}

function leastKnown(remembered: ReadonlyMap<EntityId, Remembrance>): EntityId | undefined {
  let oldest: EntityId | undefined
  for (const [entity, { linked }] of remembered) {
    if (!linked) return entity
    oldest ??= entity
  }
  return oldest
}

/** Takes over what an earlier run knew. What this run has heard itself is newer. */
export function restore(turn: Turn, bindings: readonly Binding[]): void {
  const { view } = turn
  const isNews = (entity: EntityId): boolean =>
    entity !== view.own.entity && !view.members.has(entity) && !view.remembered.has(entity)
  for (const binding of bindings) if (isNews(binding.entity)) remember(turn, binding)
}
