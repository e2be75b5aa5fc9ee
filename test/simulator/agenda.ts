/** What happens at one time. */
interface Moment {
  readonly atMs: number
  readonly act: () => void | Promise<void>
}

/** What is still to happen before the end, and what has to be ended then. */
export class Agenda {
  readonly #now: () => number
  readonly #endMs: number
  /** The next one last. */
  readonly #moments: Moment[] = []
  /** Ends of what lasts, for the time when all of it ends. */
  readonly #ends = new Set<() => void>()

  constructor(now: () => number, endMs: number) {
    this.#now = now
    this.#endMs = endMs
  }

  /** When the next thing happens. */
  get nextMs(): number {
    return this.#moments.at(-1)?.atMs ?? this.#endMs
  }

  /** The next thing; undefined where nothing is left. */
  take(): Moment['act'] | undefined {
    return this.#moments.pop()?.act
  }

  /** At one time, things happen in the order in which they were put here. What lies beyond the end never happens. */
  at(atMs: number, act: Moment['act']): void {
    if (atMs >= this.#endMs) return
    let [low, high] = [0, this.#moments.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#moments[middle]?.atMs ?? 0) > atMs) low = middle + 1
      else high = middle
    }
    this.#moments.splice(low, 0, { atMs, act })
  }

  after(delayMs: number, act: Moment['act']): void {
    this.at(this.#now() + delayMs, act)
  }

  /** Something began that ends after `forMs`, or when everything ends. */
  lasting(forMs: number, end: () => void): void {
    const ending = (): void => {
      if (this.#ends.delete(ending)) end()
    }
    this.#ends.add(ending)
    this.after(forMs, ending)
  }

  endAll(): void {
    for (const end of this.#ends) end()
  }
}
