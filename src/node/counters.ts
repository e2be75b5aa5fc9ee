import type { StatsView } from './views.ts'

/** What the node counts, by name. Names are stable: they are listed by `lampfield stats` and become metrics. */
export class Counters {
  readonly #counts = new Map<string, number>()

  add(name: string, amount = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + amount)
  }

  /** Counts input that was turned away, by the reason it was given. */
  refuse(reason: string): void {
    this.add(`refused_${reason.replaceAll('-', '_')}`)
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0
  }

  view(): StatsView {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
