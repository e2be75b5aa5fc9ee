/** Requests and connections that were turned away, by the reason. */
export class Refusals {
  readonly #counts = new Map<string, number>()

  add(reason: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  /** As counters of the node are named: `http_refused_no_token`. */
  view(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#counts].map(([reason, count]) => [`http_refused_${reason.replaceAll('-', '_')}`, count]),
    )
  }
}
