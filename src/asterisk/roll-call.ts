import type { Cancel, Clock } from '../runtime/clock.ts'

/** Asterisk has named everything when it has named nothing for so long that it had not named before. Milliseconds. */
const quietMs = 1000

/** It begins within this time after it was asked, or not at all. */
const firstWordMaxMs = 10_000

/** Asterisk was asked to name all that it has. It marks no end of that: the end is when it has become quiet. */
export class RollCall {
  readonly #clock: Clock
  readonly #ended: (unnamed: Iterable<string>) => void
  #unnamed: Set<string> | undefined
  /** When one was last named for the first time since everything was asked for; undefined before. */
  #namedMs: number | undefined
  #askedMs = 0
  #cancel: Cancel = () => {}

  /** `ended` is called with what was not named; never where not one word came: its publications do not reach here, and that proves nothing. */
  constructor(clock: Clock, ended: (unnamed: Iterable<string>) => void) {
    this.#clock = clock
    this.#ended = ended
  }

  get isOpen(): boolean {
    return this.#unnamed !== undefined
  }

  /** Everything was asked for; these are known. */
  begin(known: Iterable<string>): void {
    this.#unnamed = new Set(known)
    this.#namedMs = undefined
    this.#askedMs = this.#clock.now()
    this.#arm()
  }

  /** One was named. What changes again and again tells nothing of how far the naming is, which may take half a minute where there are many. */
  name(key: string, isKnown: boolean): void {
    if (this.#unnamed?.delete(key) === true || !isKnown) this.#namedMs = this.#clock.now()
  }

  stop(): void {
    this.#cancel()
    this.#unnamed = undefined
  }

  #arm(): void {
    this.#cancel()
    this.#cancel = this.#clock.after(quietMs, () => this.#look())
  }

  #look(): void {
    const now = this.#clock.now()
    if (this.#namedMs === undefined ? now - this.#askedMs < firstWordMaxMs : now - this.#namedMs < quietMs) {
      this.#arm()
      return
    }
    const unnamed = this.#unnamed ?? []
    this.#unnamed = undefined
    if (this.#namedMs !== undefined) this.#ended(unnamed)
  }
}
