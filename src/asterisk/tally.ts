import { every, type Cancel, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'

/** What the bridge counts, by name, and the last thing that went wrong. */
export class Tally {
  readonly #clock: Clock
  readonly #log: Log
  readonly #counts = new Map<string, number>()
  readonly #cancel: Cancel
  #lastError: { readonly at: string; readonly sentence: string } | null = null
  #told: string | undefined

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
    // What goes on being wrong is told again each minute, and not at each turn.
    this.#cancel = every(clock, 60_000, () => {
      this.#told = undefined
    })
  }

  get lastError(): { readonly at: string; readonly sentence: string } | null {
    return this.#lastError
  }

  count(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount)
  }

  view(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Something a person should know; the same thing again is not told at once. */
  error(sentence: string): void {
    this.#lastError = { at: new Date(this.#clock.wallMs()).toISOString(), sentence }
    if (sentence === this.#told) return
    this.#told = sentence
    this.#log.error(`asterisk: ${sentence}`)
  }

  close(): void {
    this.#cancel()
  }
}
