import type { EntityId } from '../state/entity-id.ts'

/** A change of the cluster state that a hook is told of. */
export interface HookChange {
  readonly channel: string
  readonly key: string
  /** What the program was told last, or what it was before the first time. Undefined: nobody alive said anything. */
  readonly before: unknown
  readonly after: unknown
  /** The entity whose entry, arrival or departure caused it. */
  readonly by: EntityId
}

/** A value as programs are told it: device states as they are, anything else as JSON, nothing as an empty text. */
export function hookText(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
