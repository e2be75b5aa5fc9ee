import type { Cancel, Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import type { Store, StoreWrite } from '../storage/store.ts'

export interface DiskParts {
  readonly store: Store
  readonly clock: Clock
  /** The disk began to take nothing, with the reason, or takes everything again: undefined. */
  readonly ails: (why: string | undefined) => void
}

/** After a write that failed the next one is tried so much later, and twice as much each time, up to the second figure. Milliseconds. */
const tryFirstMs = 1000
const tryMaxMs = 30_000

/**
 * The node's disk, which may be full for a while. What it did not take is owed, the last value of each key, and tried again until it is there: so
 * what is owed follows what is kept, and never history.
 */
export class Disk {
  readonly #parts: DiskParts
  readonly #owed = new Map<string, StoreWrite>()
  /** The last write of each key that the store has not answered yet: an earlier one that fails is owed no more. */
  readonly #latest = new Map<string, StoreWrite>()
  /** What the store said when it first took nothing; undefined while it takes all. */
  #fault: Error | undefined
  #waitMs = tryFirstMs
  #cancelTry: Cancel | undefined

  constructor(parts: DiskParts) {
    this.#parts = parts
  }

  /** How many keys wait for the disk to be well. */
  get owed(): number {
    return this.#owed.size
  }

  /** Why it takes nothing; undefined while it is well. */
  get why(): string | undefined {
    return this.#fault?.message
  }

  /** What a write fails with now; undefined while it is well. */
  get failure(): Failure | undefined {
    return this.#fault === undefined ? undefined : notKept(this.#fault)
  }

  /**
   * Resolves when the writes are on disk.
   *
   * @throws Failure `not-kept` where the disk does not take them now: they are written as soon as it does. `not-running` after `close`.
   */
  async write(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#fault !== undefined) {
      this.#owe(writes)
      throw notKept(this.#fault)
    }
    for (const write of writes) this.#latest.set(write.key, write)
    const fault = await this.#try(writes)
    const latest = writes.filter((write) => this.#latest.get(write.key) === write)
    for (const { key } of latest) this.#latest.delete(key)
    if (fault === undefined) return
    this.#owe(latest)
    this.#ail(fault)
    throw notKept(fault)
  }

  /** Tries a last time what is owed, and closes the store. */
  async close(): Promise<void> {
    this.#cancelTry?.()
    if (this.#owed.size > 0) await this.#try([...this.#owed.values()])
    await this.#parts.store.close()
  }

  #owe(writes: readonly StoreWrite[]): void {
    for (const write of writes) {
      this.#owed.set(write.key, write)
      this.#latest.delete(write.key)
    }
  }

  /** What the store says of its disk when it is given these. */
  async #try(writes: readonly StoreWrite[]): Promise<Error | undefined> {
    try {
      await this.#parts.store.write(writes)
      return undefined
    } catch (error) {
      const isOfTheCaller = Failure.is(error) && (error.code === 'not-running' || error.code === 'invalid-argument')
      if (isOfTheCaller) throw error
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  #ail(fault: Error): void {
    if (this.#fault !== undefined) return
    this.#fault = fault
    this.#waitMs = tryFirstMs
    this.#tryLater()
    this.#parts.ails(fault.message)
  }

  #tryLater(): void {
    this.#cancelTry = this.#parts.clock.after(this.#waitMs, () => void this.#tryAgain())
    this.#waitMs = Math.min(this.#waitMs * 2, tryMaxMs)
  }

  async #tryAgain(): Promise<void> {
    while (this.#owed.size > 0) {
      const writes = [...this.#owed.values()]
      try {
        if ((await this.#try(writes)) !== undefined) return this.#tryLater()
      } catch {
        // The store was closed meanwhile.
        return
      }
      // What was said of a key meanwhile is still owed.
      for (const write of writes) if (this.#owed.get(write.key) === write) this.#owed.delete(write.key)
    }
    this.#fault = undefined
    this.#parts.ails(undefined)
  }
}

function notKept(fault: Error): Failure {
  const sentence = `it counts and is told to all, but until it is on disk a restart would lose it: ${fault.message}`
  return new Failure('not-kept', sentence, { cause: fault })
}

/** For writes that nobody waits for: to be owed is enough, and a node at its end owes nothing. */
export function unlessOwed(error: unknown): void {
  if (!Failure.is(error) || (error.code !== 'not-kept' && error.code !== 'not-running')) throw error
}
