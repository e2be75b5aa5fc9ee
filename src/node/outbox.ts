import type { Cancel, Clock } from '../runtime/clock.ts'

/** Changes of one channel that have not been published yet: the last value of each key, undefined for a removal. */
export type PendingChanges = Map<string, Uint8Array | undefined>

export interface OutboxOptions {
  readonly clock: Clock
  /** Changes that follow one another within this time leave together. Milliseconds; with 0, those of one turn of the event loop. */
  readonly coalesceMs: number
  /** Publishes a batch; the promise resolves when it is handed to the network. */
  readonly publish: (channel: string, changes: PendingChanges) => Promise<void>
}

/** A publish that hangs longer than this no longer holds back the next one: a stuck stream must not become a stuck lamp. */
const inFlightMaxMs = 100

/** While a publish is on its way, it is looked after at most so often. */
const heldMs = 1

/**
 * Where changes come so fast, in each time of the coalescing window, the next window is twice as long: a batch of two costs nearly as much
 * as one of twenty, here and at every copy. A thousand a second at the usual 2 ms.
 */
const busyChanges = 2

/** A busy window is at most so many times the coalescing window. */
const busyStretch = 4

/** So many changes in one window are a storm, in which windows grow further. */
const stormChanges = 32
const stormStretch = 8

/**
 * Decides when changes leave. The first one after quiet leaves at the end of its turn of the event loop, with all that the same turn
 * changes: a burst is one message, and a single change waits for nobody. While it is on its way, and for the coalescing window, further ones
 * gather, the last value a key; in a storm the window grows. So one change is fast and a storm is cheap.
 */
export class Outbox {
  readonly #options: OutboxOptions
  readonly #pending = new Map<string, PendingChanges>()
  #inFlight = 0
  #flushedAtMs = 0
  /** How many coalescing windows the present one lasts; 0 is the turn that ends the quiet. */
  #stretch = 0
  #cancelWindow: Cancel | undefined

  constructor(options: OutboxOptions) {
    this.#options = options
  }

  add(channel: string, key: string, bytes: Uint8Array | undefined): void {
    const known = this.#pending.get(channel)
    if (known === undefined) this.#pending.set(channel, new Map([[key, bytes]]))
    else known.set(key, bytes)
    if (this.#cancelWindow !== undefined) return
    this.#stretch = 0
    this.#openWindow(0)
  }

  /** How many changes wait. */
  get size(): number {
    let size = 0
    for (const changes of this.#pending.values()) size += changes.size
    return size
  }

  /** Publishes all that waits, now. */
  flush(): void {
    const batches = [...this.#pending]
    this.#stretch = this.#nextStretch(this.size)
    this.#pending.clear()
    this.#flushedAtMs = this.#options.clock.now()
    this.#openWindow(this.#options.coalesceMs * this.#stretch)
    for (const [channel, changes] of batches) {
      this.#inFlight += 1
      void this.#options.publish(channel, changes).finally(() => {
        this.#inFlight -= 1
      })
    }
  }

  /** Publishes what waits and opens no further window. */
  close(): void {
    if (this.#pending.size > 0) this.flush()
    this.#cancelWindow?.()
    this.#cancelWindow = undefined
  }

  #nextStretch(gathered: number): number {
    // What is said in one turn tells nothing of how much comes in a time.
    if (this.#stretch === 0) return 1
    if (gathered >= stormChanges) return Math.min(this.#stretch * 2, stormStretch)
    return gathered < busyChanges * this.#stretch ? 1 : Math.min(this.#stretch * 2, busyStretch)
  }

  #openWindow(forMs: number): void {
    this.#cancelWindow?.()
    this.#cancelWindow = this.#options.clock.after(forMs, () => this.#endWindow())
  }

  #endWindow(): void {
    this.#cancelWindow = undefined
    const held = this.#inFlight > 0 && this.#options.clock.now() - this.#flushedAtMs < inFlightMaxMs
    if (this.#pending.size === 0 && !held) return
    if (held) this.#openWindow(Math.max(heldMs, this.#options.coalesceMs * this.#stretch))
    else this.flush()
  }
}
