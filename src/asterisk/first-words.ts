import type { Clock } from '../runtime/clock.ts'
import type { EntityId } from '../state/entity-id.ts'
import { stampAt } from '../state/stamp.ts'
import type { Body } from './body.ts'
import type { Journal } from './journal.ts'

export interface FirstWordsParts {
  readonly clock: Pick<Clock, 'wallMs'>
  readonly journal: Journal
}

/** One Asterisk is one entity, and perhaps another after its own restart: more are made up. */
const entitiesMax = 4

/**
 * What an Asterisk says as whose entity this node will begin again. There it is known, from the journal, for an Asterisk that is only
 * observed may not be asked for it.
 */
export class FirstWords {
  readonly #parts: FirstWordsParts
  readonly #entities = new Set<EntityId>()

  constructor(parts: FirstWordsParts) {
    this.#parts = parts
  }

  keep(body: Exclude<Body, { kind: 'refresh' }>): void {
    const { clock, journal } = this.#parts
    const { entity } = body
    if (!this.#entities.has(entity) && this.#entities.size === entitiesMax) return
    this.#entities.add(entity)
    const stamp = stampAt(clock.wallMs())
    if (body.kind === 'mailbox') journal.rememberMailbox(entity, body.mailbox, { value: body.counts, stamp })
    else if (body.cachable) journal.remember(entity, body.device, { value: body.state, stamp })
  }
}
