import type { EntityId } from '../state/entity-id.ts'
import type { Life } from '../state/version.ts'
import type { Binding } from './event.ts'
import type { Turn } from './view.ts'

/** Entities remembered beyond the members; a thousand times as many as a large cluster loses in a year. */
export const rememberedMax = 10_000

/** A nonce is 32 bits. */
const nonceMax = 2 ** 32 - 1

/** The life just above: the lowest one that is heard of an entity that has left. */
export function lifeAfter({ incarnation, nonce }: Life): Life {
  return nonce < nonceMax ? { incarnation, nonce: nonce + 1 } : { incarnation: incarnation + 1, nonce: 0 }
}

/** Remembers an entity that is no member; the one unheard for longest makes room. */
export function remember({ view, effects }: Turn, { entity, publicKey, life, evidence }: Binding, sequence = 0): void {
  view.remembered.delete(entity)
  view.remembered.set(entity, { publicKey, life, evidence, sequence, informedMs: Number.NEGATIVE_INFINITY })
  if (view.remembered.size <= rememberedMax) return
  for (const oldest of view.remembered.keys()) {
    view.remembered.delete(oldest)
    effects.push({ kind: 'released', entity: oldest })
    return
  }
}

/** Takes over what an earlier run knew. What this run has heard itself is newer. */
export function restore(turn: Turn, bindings: readonly Binding[]): void {
  const { view } = turn
  const isNews = (entity: EntityId): boolean =>
    entity !== view.own.entity && !view.members.has(entity) && !view.remembered.has(entity)
  for (const binding of bindings) if (isNews(binding.entity)) remember(turn, binding)
}
