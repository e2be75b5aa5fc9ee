import type { Clock } from '../runtime/clock.ts'
import { arrivals } from '../protocol/limits.ts'

interface Caller {
  left: number
  atMs: number
  pending: number
}

/** An attempt that was let through; told how it ended. */
export type Attempt = (outcome: 'up' | 'failed') => void

/**
 * Who may begin a handshake, by address: before that a connection has cost nothing but its socket. Who is there is known only at the end of
 * the handshake, which takes some 10 ms of CPU with the right key and 1 ms with none.
 */
export class Door {
  readonly #clock: Clock
  readonly #callers = new Map<string, Caller>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Addresses that are kept track of. */
  get size(): number {
    return this.#callers.size
  }

  /** Lets an attempt through, or not. */
  open(host: string): Attempt | undefined {
    const caller = this.#caller(host)
    if (caller.left < 1 || caller.pending >= arrivals.pendingMax) return undefined
    caller.left -= 1
    caller.pending += 1
    return (outcome) => {
      caller.pending -= 1
      if (outcome === 'failed') spend(caller, arrivals.failureCost)
    }
  }

  /** Somebody at this address broke the protocol. */
  charge(host: string): void {
    spend(this.#caller(host), arrivals.misconductCost)
  }

  #caller(host: string): Caller {
    const now = this.#clock.now()
    const known = this.#callers.get(host)
    if (known !== undefined) {
      known.left = Math.min(arrivals.burst, known.left + ((now - known.atMs) / 1000) * arrivals.perSecond)
      known.atMs = now
      return known
    }
    if (this.#callers.size >= arrivals.hostsMax) this.#forgetOne(now)
    const caller = { left: arrivals.burst, atMs: now, pending: 0 }
    this.#callers.set(host, caller)
    return caller
  }

  /** The first whose budget is full again makes room, else the one that is known for longest. */
  #forgetOne(now: number): void {
    let chosen: string | undefined
    for (const [host, { left, atMs, pending }] of this.#callers) {
      chosen ??= host
      if (pending > 0 || left + ((now - atMs) / 1000) * arrivals.perSecond < arrivals.burst) continue
      chosen = host
      break
    }
    if (chosen !== undefined) this.#callers.delete(chosen)
  }
}

/** Debts end, too: what is owed is never more than a whole budget. */
function spend(caller: Caller, amount: number): void {
  caller.left = Math.max(-arrivals.burst, caller.left - amount)
}
