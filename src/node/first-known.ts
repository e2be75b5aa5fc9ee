import { passedOnFirst } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Members } from './members.ts'

/** Who they are is worked out at most so often, in milliseconds: it costs a look at each of a thousand members. */
const lookEveryMs = 1000

export interface FirstKnownParts {
  readonly clock: Clock
  readonly members: Pick<Members, 'all' | 'precedenceOf'>
}

/** The members that were named by a person or met first, as many as the design is made for. */
export class FirstKnown {
  readonly #parts: FirstKnownParts
  #lookedMs = Number.NEGATIVE_INFINITY
  /** The last place that counts as one of the first. */
  #lastPlace = Infinity

  constructor(parts: FirstKnownParts) {
    this.#parts = parts
  }

  has(entity: EntityId): boolean {
    const { clock, members } = this.#parts
    const now = clock.now()
    if (now - this.#lookedMs >= lookEveryMs) {
      this.#lookedMs = now
      const places = [...members.all()].map((member) => members.precedenceOf(member.entity))
      this.#lastPlace = places.sort((a, b) => a - b)[passedOnFirst - 1] ?? Infinity
    }
    return members.precedenceOf(entity) <= this.#lastPlace
  }
}
