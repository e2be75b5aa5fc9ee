import { countBelow } from './clock-search.ts'
import type { History } from './history.ts'
import { encodeTail, type TailSource, type UpdateBounds } from './tail.ts'
import type { Head } from './transfer.ts'
import { endedItemWeight, structWeight } from './weight.ts'

/**
 * A document that was rolled over, as far as a lagging copy may ask for its end. It shares the texts of keys and values with the
 * document that follows it, so the time of grace costs some 70 bytes an entry and not a second document.
 */
export class EndedDocument implements TailSource {
  /** The owner's word on its last version. */
  readonly head: Head
  readonly history: History
  /** What it takes of the memory. Its texts may be shared with the document that follows, or not any more. */
  readonly weight: number
  /** The clocks of the live items, ascending. */
  readonly #clocks: readonly number[]
  readonly #values: readonly string[]

  constructor(head: Head, history: History, live: readonly { readonly clock: number; readonly value: string }[]) {
    this.head = head
    this.history = history
    this.#clocks = live.map(({ clock }) => clock)
    this.#values = live.map(({ value }) => value)
    const textBytes = live.reduce((sum, { value }) => sum + value.length, 0)
    this.weight = history.size * structWeight + live.length * endedItemWeight + textBytes
  }

  get clock(): number {
    return this.head.version.clock
  }

  valueAt(clock: number): string | undefined {
    const place = countBelow(this.#clocks.length, (at) => this.#clocks[at] ?? 0, clock)
    return this.#clocks[place] === clock ? this.#values[place] : undefined
  }

  /** Everything from clock `from` on; no update where there is nothing. */
  tail(from: number, bounds: UpdateBounds): Uint8Array[] {
    return encodeTail(this, from, bounds)
  }
}
