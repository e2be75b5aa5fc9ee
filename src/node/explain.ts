import type { EntityId } from '../state/entity-id.ts'
import { stampWallMs } from '../state/stamp.ts'
import type { Fold } from './fold.ts'
import type { EntryView, Explanation, MemberStanding } from './views.ts'

/** What the explanation must know of an entity. */
export interface Speaker {
  readonly name: string
  readonly status: MemberStanding | 'unknown'
  readonly incarnation: number
  /** Milliseconds since it has this status. */
  readonly statusForMs: number
}

/** What each entity says of a key, whether it counts and why, and the rule that decided. */
export function explain(fold: Fold, key: string, speakerOf: (entity: EntityId) => Speaker): Explanation {
  const channel = fold.channel.name
  const why = fold.state.explain(key)
  if (why === undefined) {
    return { channel, key, value: undefined, entries: [], rule: 'No entity says anything of it.' }
  }
  const entries = why.entries.map((entry): EntryView => {
    const speaker = speakerOf(entry.entity)
    return {
      entity: entry.entity,
      name: speaker.name,
      value: entry.value,
      sinceMs: stampWallMs(entry.stamp),
      stamp: entry.stamp,
      incarnation: speaker.incarnation,
      status: speaker.status,
      counted: entry.counted,
      why: reason(speaker),
    }
  })
  return { channel, key, value: why.value, entries, rule: why.rule }
}

function reason({ status, statusForMs }: Speaker): string {
  const forSeconds = `for ${(statusForMs / 1000).toFixed(1)} s`
  switch (status) {
    case 'self':
      return 'counts: it is this node'
    case 'alive':
      return `counts: the member is alive ${forSeconds}`
    case 'suspect':
      return `counts: the member is suspect ${forSeconds}, not yet down`
    case 'down':
      return `does not count: the member is down ${forSeconds}`
    case 'left':
      return `does not count: the member left ${(statusForMs / 1000).toFixed(1)} s ago`
    case 'unknown':
      return 'does not count: no heartbeat of it was heard yet'
  }
}
