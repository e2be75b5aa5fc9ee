import type { Rate } from '../network/pace.ts'

/** What may be spent of something that comes back with time. Times are monotonic milliseconds. */
export class Budget {
  readonly #rate: Rate
  #left: number
  #atMs: number

  constructor(rate: Rate, now: number) {
    this.#rate = rate
    this.#left = rate.burst
    this.#atMs = now
  }

  /** What could be spent now. */
  left(now: number): number {
    const { burst, perSecond } = this.#rate
    this.#left = Math.min(burst, this.#left + ((now - this.#atMs) / 1000) * perSecond)
    this.#atMs = now
    return this.#left
  }

  /** Spends so much; where there is less, nothing is spent, and false is returned. */
  spend(amount: number, now: number): boolean {
    if (this.left(now) < amount) return false
    this.#left -= amount
    return true
  }
}
