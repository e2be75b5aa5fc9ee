import type { Cancel, Clock } from '../../runtime/clock.ts'
import type { Transport } from './wire.ts'

/** RFC 3261, section 17.1.1.1 and table 4: milliseconds. T1 is the round trip that is assumed, T2 the longest pause. */
const timerT1Ms = 500
const timerT2Ms = 4000
/** Timer F, 64 × T1: then the request has failed. */
export const timerFMs: number = 64 * timerT1Ms

export interface ClientTransactionParts {
  readonly clock: Clock
  readonly transport: Transport
  readonly send: () => void
  readonly timeout: () => void
}

/**
 * A request on its way: sent again by timer E over UDP until something comes, and given up after timer F (RFC 3261, section 17.1.2). Over a
 * stream it is sent once.
 */
export class ClientTransaction {
  readonly #parts: ClientTransactionParts
  readonly #cancelTimeout: Cancel
  #cancelResend: Cancel = () => {}
  #pauseMs: number = timerT1Ms

  constructor(parts: ClientTransactionParts) {
    this.#parts = parts
    // First of all, since nothing of what follows is in a hurry.
    parts.send()
    this.#cancelTimeout = parts.clock.after(timerFMs, () => {
      this.end()
      parts.timeout()
    })
    if (parts.transport === 'udp') this.#armResend()
  }

  /** A provisional response came: from now on it is sent again at the longest pause only. */
  provisional(): void {
    this.#pauseMs = timerT2Ms
  }

  end(): void {
    this.#cancelTimeout()
    this.#cancelResend()
  }

  #armResend(): void {
    this.#cancelResend = this.#parts.clock.after(this.#pauseMs, () => {
      this.#pauseMs = Math.min(2 * this.#pauseMs, timerT2Ms)
      this.#parts.send()
      this.#armResend()
    })
  }
}
