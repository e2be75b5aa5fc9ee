import type { EntityId } from './entity-id.ts'

/**
 * Names one replicated document: the entries that one entity says in one event channel, or the part of them with
 * that shard number (0, unless there are more keys than one document should hold).
 */
export interface DocumentId {
  readonly entity: EntityId
  readonly channel: string
  readonly shard: number
}

/** One text for one document, to be a key of a `Map`. */
export function documentKey(id: DocumentId): string {
  return `${id.entity}/${id.shard}/${id.channel}`
}
