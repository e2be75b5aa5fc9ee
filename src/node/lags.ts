import type { Clock } from '../runtime/clock.ts'
import type { Stand } from '../protocol/messages.ts'
import type { Head } from '../replica/transfer.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareVersions, type Life } from '../state/version.ts'
import { isMarked } from './stand.ts'

export interface LagParts {
  readonly clock: Clock
  readonly headOf: (document: DocumentId) => Head | undefined
  /** Whether a copy of this document, in this life of its entity, should be kept here. */
  readonly wanted: (document: DocumentId, life: Life) => boolean
}

/** How the copies of one entity's documents stand beside its own last word on them. */
export interface Lag {
  /** Milliseconds since it told of something that has not arrived yet; 0 where nothing is missing. */
  readonly lagMs: number
  /** Nothing is missing, and what is here is what the entity has. */
  readonly agrees: boolean
}

interface Word {
  readonly stands: readonly Stand[]
  readonly atMs: number
}

/**
 * How far the copies here are behind. An entity's heartbeat tells where its documents stand; a copy that is older than that word lags
 * since the word was heard, until it has caught up.
 */
export class Lags {
  readonly #parts: LagParts
  /** The oldest word of each entity that the copies have not caught up with, and the latest one. */
  readonly #words = new Map<EntityId, { behind: Word | undefined; last: Word }>()

  constructor(parts: LagParts) {
    this.#parts = parts
  }

  hear(entity: EntityId, stands: readonly Stand[]): void {
    const { wanted, clock } = this.#parts
    const last: Word = {
      stands: stands.filter(({ document, version }) => wanted(document, version)),
      atMs: clock.now(),
    }
    const before = this.#words.get(entity)?.behind
    const stillBehind = before !== undefined && this.#isBehind(before)
    // Of whoever says nothing there is nothing to remember; in a large cluster that are nearly all.
    if (last.stands.length === 0 && !stillBehind) this.#words.delete(entity)
    else this.#words.set(entity, { behind: stillBehind ? before : last, last })
  }

  forget(entity: EntityId): void {
    this.#words.delete(entity)
  }

  of(entity: EntityId): Lag {
    const word = this.#words.get(entity)
    if (word === undefined) return { lagMs: 0, agrees: true }
    const words = word.behind === undefined || word.behind === word.last ? [word.last] : [word.behind, word.last]
    const behind = words.find((some) => this.#isBehind(some))
    const lagMs = behind === undefined ? 0 : this.#parts.clock.now() - behind.atMs
    return { lagMs, agrees: word.last.stands.every((stand) => this.#compare(stand) === 'same') }
  }

  #isBehind({ stands }: Word): boolean {
    return stands.some((stand) => this.#compare(stand) === 'behind')
  }

  /** A copy that is newer than the word is no disagreement: the word is older than the copy. */
  #compare(stand: Stand): 'same' | 'behind' | 'differs' {
    const head = this.#parts.headOf(stand.document)
    if (head === undefined) return 'behind'
    const order = compareVersions(stand.version, head.version)
    if (order !== 0) return order > 0 ? 'behind' : 'same'
    return isMarked(head, stand.mark) ? 'same' : 'differs'
  }
}
