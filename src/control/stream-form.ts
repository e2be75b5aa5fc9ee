import { toJson } from './json.ts'
import type { EndEvent, ResetEvent, SnapshotEvent } from './shapes.ts'
import { ariText, type ToldEvent } from './told-event.ts'

/** How a stream says things. */
export interface StreamForm {
  /** Undefined for what this form has no word for. */
  event(told: ToldEvent, numbered: boolean): string | undefined
  /** A part of a snapshot; with the number of the latest event where nothing of the snapshot follows. */
  snapshot(part: SnapshotEvent, number: number | undefined): readonly string[]
  /** Whoever came back has missed more than is known: what it held is no longer to be relied upon, and a snapshot follows. */
  readonly reset: readonly string[]
  readonly end: readonly string[]
  /** Texts that leave together. */
  join(texts: readonly string[]): readonly string[]
}

/** Server-sent events. `run` is in front of each number: numbers of another run of the node are not mistaken for this one's. */
export function sseForm(run: string): StreamForm {
  return {
    event: (told, numbered) => told.text(numbered),
    snapshot: (part, number) => {
      const id = number === undefined ? '' : `id: ${run}-${number}\n`
      return [`${id}event: snapshot\ndata: ${toJson(part)}\n\n`]
    },
    reset: [`event: reset\ndata: ${toJson({ type: 'reset' } satisfies ResetEvent)}\n\n`],
    end: [`event: end\ndata: ${toJson({ type: 'end' } satisfies EndEvent)}\n\n`],
    join: (texts) => (texts.length === 0 ? [] : [texts.join('')]),
  }
}

/**
 * The events of Asterisk's REST interface, one object a message. It has neither snapshots nor resets: each device's state is told as if it
 * had just changed, which comes to the same for whoever keeps the last word on each.
 */
export function ariForm(run: string, entity: string, timestamp: () => string): StreamForm {
  return {
    event: (told) => told.ariText(entity),
    snapshot: ({ channel, values }, number) => {
      if (channel !== 'device_state') return []
      const id = `${run}-${number ?? 0}`
      return values.map(({ key, value }) => ariText({ id, timestamp: timestamp(), entity, name: key, state: value }))
    },
    reset: [],
    end: [],
    join: (texts) => texts,
  }
}
