import { hearStamp, nextStamp, stampAfter, type Stamp } from '../state/stamp.ts'

/** The node's hybrid logical clock. */
export class StampClock {
  #last = 0 as Stamp

  /**
   * The stamp for a write of a key on which entries stand, the latest with this stamp: above it, even when it is too far in the
   * future to be followed. Whoever saw the others' word and then speaks has the last word.
   */
  next(wallMs: number, latest: Stamp | undefined): Stamp {
    this.#last = nextStamp(this.#last, wallMs)
    return latest === undefined || latest < this.#last ? this.#last : stampAfter(latest)
  }

  hear(stamp: Stamp, wallMs: number): void {
    this.#last = hearStamp(this.#last, stamp, wallMs).last
  }
}
