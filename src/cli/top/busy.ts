/** Keys that are counted at once; while all of them are busier than that, nobody looks at the rest. */
const keysMax = 5000

/** How long a change counts, at least; at most twice as long. */
const windowMs = 10_000

export interface Busy {
  readonly channel: string
  readonly key: string
  /** Changes a second, over the last ten to twenty seconds. */
  readonly perSecond: number
  /** The latest value. */
  readonly value: unknown
}

interface Count {
  readonly channel: string
  readonly key: string
  changes: number
  value: unknown
}

/** Counts the changes of each key over two windows, the one that fills and the one before: bounded, whatever happens. */
export class BusyKeys {
  #now = new Map<string, Count>()
  #before = new Map<string, Count>()
  #sinceMs: number
  #hasBefore = false

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  add(channel: string, key: string, value: unknown, nowMs: number): void {
    this.#turn(nowMs)
    const id = `${channel}/${key}`
    const known = this.#now.get(id)
    if (known !== undefined) {
      known.changes += 1
      known.value = value
    } else if (this.#now.size < keysMax) this.#now.set(id, { channel, key, changes: 1, value })
  }

  /** The busiest, first. */
  list(count: number, nowMs: number): Busy[] {
    this.#turn(nowMs)
    const seconds = Math.max(1000, nowMs - this.#sinceMs + (this.#hasBefore ? windowMs : 0)) / 1000
    const all = new Map<string, Busy>()
    for (const counts of [this.#before, this.#now]) {
      for (const [id, { channel, key, changes, value }] of counts) {
        all.set(id, { channel, key, value, perSecond: (all.get(id)?.perSecond ?? 0) + changes / seconds })
      }
    }
    return [...all.values()].sort((a, b) => b.perSecond - a.perSecond || (a.key < b.key ? -1 : 1)).slice(0, count)
  }

  #turn(nowMs: number): void {
    const windows = Math.floor((nowMs - this.#sinceMs) / windowMs)
    if (windows === 0) return
    this.#before = windows === 1 ? this.#now : new Map()
    this.#now = new Map()
    this.#hasBefore = true
    this.#sinceMs += windows * windowMs
  }
}
