import type { Cancel, Clock } from '../runtime/clock.ts'
import type { KeeperAction } from './keeper-action.ts'
import type { Keeper } from './keeper.ts'

/** Rounds are so far apart at least, in milliseconds: a burst of news costs one look at all peers, not one each. */
const roundEveryMs = 10

/** Asks a keeper what to do whenever something happened and whenever it said when. */
export class KeeperLoop {
  readonly #keeper: Keeper
  readonly #clock: Clock
  readonly #perform: (action: KeeperAction) => void
  #cancel: Cancel = () => {}
  #isPoked = false
  #roundMs = -Infinity
  #isStopped = false

  constructor(keeper: Keeper, clock: Clock, perform: (action: KeeperAction) => void) {
    this.#keeper = keeper
    this.#clock = clock
    this.#perform = perform
  }

  /** Something happened. Many calls in a row make one round, after the caller has returned. */
  poke(): void {
    if (this.#isPoked || this.#isStopped) return
    this.#isPoked = true
    this.#arm(Math.max(0, this.#roundMs + roundEveryMs - this.#clock.now()))
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #arm(delayMs: number): void {
    this.#cancel()
    this.#cancel = this.#clock.after(delayMs, () => this.#round())
  }

  #round(): void {
    this.#isPoked = false
    this.#roundMs = this.#clock.now()
    for (const action of this.#keeper.act(this.#clock.now())) this.#perform(action)
    const now = this.#clock.now()
    const wakeMs = this.#keeper.wakeAtMs(now)
    if (!this.#isStopped && !this.#isPoked && wakeMs < Infinity) this.#arm(Math.max(roundEveryMs, wakeMs - now))
  }
}
