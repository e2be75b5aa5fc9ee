import { hearStamp, nextStamp, stampAfter, type Stamp } from '../state/stamp.ts'

/** The node's hybrid logical clock. */
export class StampClock {
  #last = 0 as Stamp

  /**
   * The stamp for a write of a key on which entries with these stamps stand: above them all, even above one too far in the
   * future to be followed. Whoever saw the others' word and then speaks has the last word.
   */
  next(wallMs: number, standing: Iterable<Stamp>): Stamp {
    this.#last = nextStamp(this.#last, wallMs)
    let stamp = this.#last
    for (const other of standing) if (other >= stamp) stamp = stampAfter(other)
    return stamp
  }

  hear(stamp: Stamp, wallMs: number): void {
    this.#last = hearStamp(this.#last, stamp, wallMs).last
  }
}
