import { every, type Cancel, type Clock } from '../runtime/clock.ts'
import type { Outcome } from './sip/endpoint.ts'

export interface LinkParts {
  readonly clock: Clock
  /** Asks Asterisk for any answer; undefined where it may not be asked, and only its own words count. */
  readonly probe: ((done: (outcome: Outcome) => void) => Cancel) | undefined
  /** It is gone when nothing was heard of it for so long. Milliseconds. */
  readonly downAfterMs: number
  readonly up: () => void
  readonly down: () => void
}

/** Asked when nothing was heard for this long. */
const probeMs = 1000

/** So late at most is silence noticed. */
const tickMs = 250

/**
 * Whether the local Asterisk lives. Every message of it is a sign of life; where there is none for a second it is asked, and where there
 * is none for three it is down. A booting Asterisk is silent, and so is one whose process was killed.
 */
export class Link {
  readonly #parts: LinkParts
  #isUp = false
  #heardMs: number | undefined
  #sinceMs: number
  #cancelTick: Cancel = () => {}
  #cancelProbe: Cancel | undefined
  #refused = 0
  #askedMs = Number.NEGATIVE_INFINITY

  constructor(parts: LinkParts) {
    this.#parts = parts
    this.#sinceMs = parts.clock.now()
  }

  get isUp(): boolean {
    return this.#isUp
  }

  /** Clock time of the last sign of life. */
  get heardMs(): number | undefined {
    return this.#heardMs
  }

  /** Clock time since which it is up, or down. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  start(): void {
    this.#cancelTick = every(this.#parts.clock, tickMs, () => this.#tick())
    this.#ask()
  }

  stop(): void {
    this.#cancelTick()
    this.#cancelProbe?.()
    this.#cancelProbe = undefined
  }

  /** A message of Asterisk arrived. */
  heard(): void {
    this.#heardMs = this.#parts.clock.now()
    this.#refused = 0
    if (this.#isUp) return
    this.#isUp = true
    this.#sinceMs = this.#heardMs
    this.#parts.up()
  }

  #tick(): void {
    const now = this.#parts.clock.now()
    const silentMs = now - (this.#heardMs ?? Number.NEGATIVE_INFINITY)
    if (this.#isUp && silentMs >= this.#parts.downAfterMs) this.#fall()
    if (silentMs >= probeMs && now - this.#askedMs >= probeMs) this.#ask()
  }

  #fall(): void {
    this.#isUp = false
    this.#sinceMs = this.#parts.clock.now()
    this.#parts.down()
  }

  /** One question at a time; while it is down, a fresh one each second, since the old one is repeated ever more slowly. */
  #ask(): void {
    if (this.#cancelProbe !== undefined && this.#isUp) return
    this.#cancelProbe?.()
    this.#askedMs = this.#parts.clock.now()
    this.#cancelProbe = this.#parts.probe?.((outcome) => {
      this.#cancelProbe = undefined
      if (outcome.kind !== 'lost') return
      // A stream that is refused twice in a row: nobody listens there any more.
      this.#refused += 1
      if (this.#refused >= 2 && this.#isUp) this.#fall()
      else if (this.#refused < 2) this.#ask()
    })
  }
}
