import { limits, passedOnFirst, rates } from '../protocol/limits.ts'
import type { Clock } from '../runtime/clock.ts'
import { Budget } from './budget.ts'

/**
 * How much of what others say of who is here goes on from this node. A neighbour counts all that comes over a link as said by its other end: between two floods, each of which is within
 * what one may say, a node that passed on all would seem to be the one that floods.
 *
 * Nobody's words crowd out those of others: each origin has a budget of its own, and what is left of the whole when it runs low is for those that were known first.
 */
export class Onward {
  readonly #clock: Clock
  readonly #total: Budget
  readonly #origins = new Map<string, Budget>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#total = new Budget(rates.passedOn, clock.now())
  }

  /** Whether one more word of an origin goes on. `isFirst` is asked only where it matters. */
  takes(origin: string, isFirst: () => boolean): boolean {
    const now = this.#clock.now()
    const left = this.#total.left(now)
    if (left < 1 || (left < passedOnFirst && !isFirst())) return false
    return this.#of(origin, now).spend(1, now) && this.#total.spend(1, now)
  }

  #of(origin: string, now: number): Budget {
    const known = this.#origins.get(origin)
    if (known !== undefined) return known
    if (this.#origins.size >= 2 * limits.membersMax) this.#forgetIdle(now)
    const budget = new Budget(rates.passedOnOfOne, now)
    this.#origins.set(origin, budget)
    return budget
  }

  /** Those that have spent nothing of late begin as they are; if there are none, all begin anew. */
  #forgetIdle(now: number): void {
    for (const [origin, budget] of this.#origins) {
      if (budget.left(now) >= rates.passedOnOfOne.burst) this.#origins.delete(origin)
    }
    if (this.#origins.size >= 2 * limits.membersMax) this.#origins.clear()
  }
}
