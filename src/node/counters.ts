import type { StatsView } from './views.ts'

/** The counter of a reason for refusing: every one is listed by `stats` and in the metrics under `refused_`. */
export const refusalName = (reason: string): string => `refused_${reason.replaceAll('-', '_')}`

/** What the node counts, by name. Names are stable: they are listed by `lampfield stats` and become metrics. */
export class Counters {
  readonly #counts = new Map<string, number>()

  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount)
  }

  /** Counts input that was turned away, by the reason it was given. */
  refuse(reason: string): void {
    this.add(refusalName(reason))
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  view(): StatsView {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
