import { countBelow } from './clock-search.ts'

/** What an item of a document comes after: the clock of the item it overwrote or, as the first of its key, the key. */
export type Link = number | string

/**
 * The items of a document in the order in which they were written: where each stands and what it overwrote. It is what a
 * tail is made from beside the live items, so that Yjs need not keep the overwritten ones: those take 230 bytes there and 16
 * here. Items of one key that overwrote one another without a pause are one struct, as in Yjs.
 */
export class History {
  /** The first clock of each struct, ascending. */
  readonly #clocks: number[] = []
  readonly #links: Link[] = []

  /** The number of structs. */
  get size(): number {
    return this.#clocks.length
  }

  /** Adds what was written at `clock`, which is above all others. */
  add(clock: number, link: Link): void {
    this.#clocks.push(clock)
    this.#links.push(link)
  }

  /** What was written at `clock` was overwritten: it joins what it overwrote, where that stands just before it. */
  overwrite(clock: number): void {
    const place = this.placeOf(clock)
    if (this.#links[place] !== clock - 1) return
    this.#clocks.splice(place, 1)
    this.#links.splice(place, 1)
  }

  clockAt(place: number): number | undefined {
    return this.#clocks[place]
  }

  linkAt(place: number): Link | undefined {
    return this.#links[place]
  }

  /** The place of the struct that holds a clock; of the last one for all that is above. -1 in an empty history. */
  placeOf(clock: number): number {
    return countBelow(this.#clocks.length, (place) => this.#clocks[place] ?? 0, clock + 1) - 1
  }
}
