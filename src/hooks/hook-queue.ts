import { hookText, type HookChange } from './change.ts'

export interface HookQueueOptions {
  /** Runs at once, at most. */
  readonly concurrency: number
  /** Keys that may wait, at most; changes of further ones are dropped. */
  readonly waitingMax: number
  /** Tells one change; resolves when that is over, and never rejects. */
  readonly run: (change: HookChange) => Promise<void>
}

/**
 * Decides which change is told when. One key is told by one run at a time, so that its changes are told in order; changes that come meanwhile
 * become one, from what was told last to what is now. No clock and no IO of its own.
 */
export class HookQueue {
  /** Changes that became one with another. */
  coalesced = 0
  /** Changes for which there was no room. */
  dropped = 0
  readonly #options: HookQueueOptions
  /** By key, in the order in which the keys began to wait. */
  readonly #waiting = new Map<string, HookChange>()
  readonly #running = new Set<string>()
  #isClosed = false

  constructor(options: HookQueueOptions) {
    this.#options = options
  }

  get waiting(): number {
    return this.#waiting.size
  }

  get running(): number {
    return this.#running.size
  }

  add(change: HookChange): void {
    if (this.#isClosed) return
    const id = `${change.channel}/${change.key}`
    const earlier = this.#waiting.get(id)
    if (earlier !== undefined) {
      this.coalesced += 1
      // There and back while nobody looked: nothing is left to be told.
      if (hookText(earlier.before) === hookText(change.after)) this.#waiting.delete(id)
      else this.#waiting.set(id, { ...change, before: earlier.before })
    } else if (this.#waiting.size >= this.#options.waitingMax) this.dropped += 1
    else this.#waiting.set(id, change)
    this.#next()
  }

  /** Begins nothing more; what waits is forgotten. */
  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
  }

  #next(): void {
    for (const [id, change] of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return
      if (this.#running.has(id)) continue
      this.#waiting.delete(id)
      this.#running.add(id)
      void this.#options.run(change).then(() => {
        this.#running.delete(id)
        this.#next()
      })
    }
  }
}
