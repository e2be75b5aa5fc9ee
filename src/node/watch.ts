import type { ChangeEvent } from './events.ts'

/** A change as a reader of a watch gets it. */
export interface WatchedChange<Value = unknown> extends Omit<ChangeEvent<Value>, 'by'> {
  /** What this reader was last told of the key; undefined where it was told of none. */
  readonly before: Value | undefined
  /** Undefined for the values that stood when the watch began. */
  readonly by: ChangeEvent['by'] | undefined
  /** Changes of the key in between that came while the reader was busy and are not told: 0 for a reader that keeps up. */
  readonly skipped: number
}

/**
 * Changes as they happen, for `for await`. The loop ends when the signal is aborted, when the node stops, and when it is left.
 *
 * A reader that is slower than the changes gets the last value of each key, and is told how many it missed. So what waits for
 * it is never more than the keys that there are.
 */
export interface Watch<Value = unknown> extends AsyncIterableIterator<WatchedChange<Value>> {
  /** Changes that this reader was not told, over all keys. */
  readonly skipped: number
}

export interface WatchParts<Value> {
  readonly matches: (key: string) => boolean
  /** Values to begin with. */
  readonly initial: Iterable<readonly [key: string, change: WatchedChange<Value>]>
  /** Any of these ends it. */
  readonly ends: readonly AbortSignal[]
  /** Called once, when it has ended. */
  readonly ended: (watch: OpenWatch<Value>) => void
}

/** The changes of one channel that one reader has not read yet. */
export class OpenWatch<Value> implements Watch<Value> {
  readonly #parts: WatchParts<Value>
  /** In the order of each key's first change that was not read. */
  readonly #pending: Map<string, WatchedChange<Value>>
  /** Readers that wait; more than one only where somebody calls `next` without awaiting. */
  readonly #readers: ((result: IteratorResult<WatchedChange<Value>, undefined>) => void)[] = []
  readonly #end = (): void => this.#close()
  #skipped = 0
  #isOpen = true

  constructor(parts: WatchParts<Value>) {
    this.#parts = parts
    this.#pending = new Map(parts.initial)
    for (const signal of parts.ends) signal.addEventListener('abort', this.#end, { once: true })
    if (parts.ends.some((signal) => signal.aborted)) this.#close()
  }

  get skipped(): number {
    return this.#skipped
  }

  /** A change of the channel, by whatever way it came about. */
  change(event: ChangeEvent<Value>): void {
    if (!this.#isOpen || !this.#parts.matches(event.key)) return
    const waiting = this.#pending.get(event.key)
    if (waiting === undefined) {
      const change = { ...event, skipped: 0 }
      const reader = this.#readers.shift()
      if (reader === undefined) this.#pending.set(event.key, change)
      else reader({ done: false, value: change })
      return
    }
    const { before } = waiting
    this.#skipped += 1
    // The reader never heard of the key and it is gone again: were it kept, what waits would grow with history.
    if (before === undefined && event.after === undefined) {
      this.#skipped += 1
      this.#pending.delete(event.key)
    } else this.#pending.set(event.key, { ...event, before, skipped: waiting.skipped + 1 })
  }

  next(): Promise<IteratorResult<WatchedChange<Value>, undefined>> {
    const [first] = this.#pending
    if (first !== undefined) {
      this.#pending.delete(first[0])
      return Promise.resolve({ done: false, value: first[1] })
    }
    if (!this.#isOpen) return Promise.resolve({ done: true, value: undefined })
    return new Promise((resolve) => {
      this.#readers.push(resolve)
    })
  }

  return(): Promise<IteratorResult<WatchedChange<Value>, undefined>> {
    this.#close()
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#pending.clear()
    for (const signal of this.#parts.ends) signal.removeEventListener('abort', this.#end)
    for (const reader of this.#readers.splice(0)) reader({ done: true, value: undefined })
    this.#parts.ended(this)
  }
}
