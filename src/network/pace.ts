import { pause, type Clock } from '../runtime/clock.ts'

/** So much at once, and so much a second from then on. */
export interface Rate {
  readonly burst: number
  readonly perSecond: number
}

export interface PaceOptions {
  readonly clock: Clock
  readonly rate: Rate
  /** What is taken before everybody else has had a turn. */
  readonly turnMax: number
  /** More came than the rate allows; told each time that it is waited for that. */
  readonly flooded: () => void
}

/** A pause between two takes that long means that the loop was free in between; in milliseconds. */
const turnGapMs = 2

/**
 * How fast one peer's input is taken. Input waits rather than being dropped: what is not read stays in the sender's own buffers, and what it says
 * beyond its rate holds up nobody but itself.
 *
 * libp2p takes a chunk of 64 KB in one go, and thousands of small messages fit into it; so after each turn the loop is given away once.
 */
export class Pace {
  readonly #options: PaceOptions
  #left: number
  #atMs: number
  #turn = 0

  constructor(options: PaceOptions) {
    this.#options = options
    this.#left = options.rate.burst
    this.#atMs = options.clock.now()
  }

  /** Whether more was taken than the rate allows. */
  get isBehind(): boolean {
    return this.#left < 0
  }

  /** Whether nothing of the rate is spent. */
  get isFull(): boolean {
    this.#refill()
    return this.#left === this.#options.rate.burst
  }

  /** What was taken was worth its cost after all. */
  giveBack(amount: number): void {
    this.#left = Math.min(this.#options.rate.burst, this.#left + amount)
  }

  /** Spends so much of the rate and of the turn; what is to be waited for before going on, if anything is. */
  take(amount: number, ofTurn: number = amount): Promise<void> | undefined {
    const { clock, rate, turnMax, flooded } = this.#options
    const passedMs = this.#refill()
    this.#left -= amount
    if (this.#left < 0) {
      this.#turn = 0
      flooded()
      return pause(clock, (-this.#left / rate.perSecond) * 1000)
    }
    this.#turn = passedMs > turnGapMs ? ofTurn : this.#turn + ofTurn
    if (this.#turn < turnMax) return undefined
    this.#turn = 0
    return pause(clock, 0)
  }

  /** How long ago that was done last, in milliseconds. */
  #refill(): number {
    const { clock, rate } = this.#options
    const now = clock.now()
    const passedMs = now - this.#atMs
    this.#atMs = now
    this.#left = Math.min(rate.burst, this.#left + (passedMs / 1000) * rate.perSecond)
    return passedMs
  }
}
