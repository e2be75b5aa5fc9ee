import type { ToldEvent } from './told-event.ts'

/** The latest events, for subscribers that come back: so many, and never more. */
export class EventRing {
  readonly #capacity: number
  readonly #events: ToldEvent[] = []

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  add(event: ToldEvent): void {
    this.#events[event.number % this.#capacity] = event
  }

  /** All events after a number, in order; undefined where some of them are no longer known. */
  after(number: number, last: number): ToldEvent[] | undefined {
    if (number > last || last - number > this.#capacity) return undefined
    const events: ToldEvent[] = []
    for (let at = number + 1; at <= last; at += 1) {
      const event = this.#events[at % this.#capacity]
      if (event?.number !== at) return undefined
      events.push(event)
    }
    return events
  }
}
