import { bytesOf } from '../runtime/byte-text.ts'
import type { EntityId } from '../state/entity-id.ts'

/** A key that now has another value than before. Undefined stands for no live entry; the two are never equal. */
export interface EntryChange {
  readonly entity: EntityId
  readonly channel: string
  readonly key: string
  readonly before: Uint8Array | undefined
  readonly after: Uint8Array | undefined
}

/** A change of values that are kept as text: whoever asks for one gets bytes, and nobody asks for all. */
export class TextChange implements EntryChange {
  readonly entity: EntityId
  readonly channel: string
  readonly key: string
  readonly #before: string | undefined
  readonly #after: string | undefined

  constructor(
    of: Pick<EntryChange, 'entity' | 'channel' | 'key'>,
    before: string | undefined,
    after: string | undefined,
  ) {
    this.entity = of.entity
    this.channel = of.channel
    this.key = of.key
    this.#before = before
    this.#after = after
  }

  get before(): Uint8Array | undefined {
    return this.#before === undefined ? undefined : bytesOf(this.#before)
  }

  get after(): Uint8Array | undefined {
    return this.#after === undefined ? undefined : bytesOf(this.#after)
  }
}

/**
 * Tells changes in the order in which they were made, also when the listener itself writes: what that changes is told
 * after what was already waiting, so that of one key the last change told is the last one made.
 */
export class ChangeFeed {
  readonly #listener: (change: EntryChange) => void
  readonly #waiting: EntryChange[] = []
  /** How many of those waiting have been told. */
  #told = 0
  /** Greater than 0 while nothing may be told: something is half done, or a telling further up goes on. */
  #holds = 0

  constructor(listener: (change: EntryChange) => void) {
    this.#listener = listener
  }

  add(change: EntryChange): void {
    this.#waiting.push(change)
  }

  /**
   * Runs `act`, then tells what it and all before it added. An error of the listener leaves through here; what was not
   * told yet is told with the next changes.
   */
  after<Result>(act: () => Result): Result {
    this.#holds += 1
    try {
      return act()
    } finally {
      this.#holds -= 1
      if (this.#holds === 0) this.#tell()
    }
  }

  #tell(): void {
    this.#holds += 1
    try {
      for (;;) {
        const change = this.#waiting[this.#told]
        if (change === undefined) break
        this.#told += 1
        this.#listener(change)
      }
    } finally {
      this.#holds -= 1
      this.#waiting.splice(0, this.#told)
      this.#told = 0
    }
  }
}
