import type { EntityId } from '../state/entity-id.ts'
import type { Life } from '../state/version.ts'
import type { Binding } from './event.ts'
import { lastOf } from './precedence.ts'
import type { Turn } from './view.ts'

/** Entities remembered beyond the members; a thousand times as many as a large cluster loses in a year. */
export const rememberedMax = 10_000

/** A nonce is 32 bits. */
const nonceMax = 2 ** 32 - 1

/** The life just above: the lowest one that is heard of an entity that has left. */
export function lifeAfter({ incarnation, nonce }: Life): Life {
  return nonce < nonceMax ? { incarnation, nonce: nonce + 1 } : { incarnation: incarnation + 1, nonce: 0 }
}

/**
 * Remembers an entity that is no member. The one that was met last makes room: names cost nothing, and whoever makes up ten thousand must not have
 * a real server's forgotten and then speak for it.
 */
export function remember({ view, effects }: Turn, binding: Binding, sequence = 0): void {
  const { entity, publicKey, life, evidence, linked = false, seen = 0, pinned = false } = binding
  const informedMs = Number.NEGATIVE_INFINITY
  view.remembered.set(entity, { entity, publicKey, life, evidence, linked, seen, pinned, sequence, informedMs })
  view.nextSeen = Math.max(view.nextSeen, seen + 1)
  if (view.remembered.size <= rememberedMax) return
  const leaving = lastOf(view.remembered.values())
  if (leaving === undefined) return
  view.remembered.delete(leaving.entity)
  effects.push({ kind: 'released', entity: leaving.entity })
}

/** Takes over what an earlier run knew. What this run has heard itself is newer. */
export function restore(turn: Turn, bindings: readonly Binding[]): void {
  const { view } = turn
  const isNews = (entity: EntityId): boolean =>
    entity !== view.own.entity && !view.members.has(entity) && !view.remembered.has(entity)
  for (const binding of bindings) if (isNews(binding.entity)) remember(turn, binding)
}
