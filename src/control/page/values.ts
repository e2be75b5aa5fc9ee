/** What is known of one key. */
export interface Known {
  readonly value: unknown
  /** The entity whose word is shown. */
  readonly from: string | null
}

/**
 * The cluster state of one channel as the page knows it, and which keys are to be drawn anew. Between two frames any number of changes of
 * one key are one.
 */
export class Values {
  readonly #known = new Map<string, Known>()
  readonly #changed = new Set<string>()
  /** Keys that a snapshot under way has not told yet; undefined while there is none. */
  #unseen: Set<string> | undefined

  get size(): number {
    return this.#known.size
  }

  get(key: string): Known | undefined {
    return this.#known.get(key)
  }

  keys(): Iterable<string> {
    return this.#known.keys()
  }

  /** A value of undefined or null: nobody alive says anything of the key. */
  put(key: string, { value, from }: Known): void {
    this.#unseen?.delete(key)
    if (value === undefined || value === null) this.#known.delete(key)
    else this.#known.set(key, { value, from })
    this.#changed.add(key)
  }

  /** A snapshot begins: whatever it does not tell is gone. */
  begin(): void {
    this.#unseen = new Set(this.#known.keys())
  }

  /** The snapshot is complete. */
  complete(): void {
    for (const key of this.#unseen ?? []) this.put(key, { value: undefined, from: null })
    this.#unseen = undefined
  }

  /** Up to so many keys that were changed since they were last taken. */
  take(most: number): string[] {
    const keys: string[] = []
    for (const key of this.#changed) {
      if (keys.length >= most) break
      keys.push(key)
      this.#changed.delete(key)
    }
    return keys
  }

  get hasChanges(): boolean {
    return this.#changed.size > 0
  }
}
