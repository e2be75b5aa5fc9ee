import type { Clock } from '../runtime/clock.ts'
import { hostOf } from './address.ts'

interface SelfSearchParts {
  readonly clock: Clock
  /** Dials each of these, then tells where the own key answered from another process. */
  readonly look: (addresses: readonly string[], done: (met: readonly string[]) => void) => void
}

/** Between two looks. */
const lookEveryMs = 1000

/** Where a copy was met it is looked for again after this, for as long as it is met. */
const lookAgainMs = 5000

/** Addresses that wait to be looked at: all of one large server. */
const waitingMax = 32

/**
 * Looks for a process with this node's own key wherever somebody says that this node is and it is not: at a former address of its own, or
 * at those of a copy of its data directory. What is said proves nothing; only who answers does.
 */
export class SelfSearch {
  readonly #parts: SelfSearchParts
  readonly #waiting = new Set<string>()
  #own: ReadonlySet<string> = new Set()
  #isLooking = false
  #lookedMs = -Infinity
  #isStopped = false

  constructor(parts: SelfSearchParts) {
    this.#parts = parts
  }

  ownAddresses(addresses: readonly string[]): void {
    this.#own = new Set(addresses)
  }

  /** Somebody names these as this node's own. */
  named(addresses: readonly string[]): void {
    for (const address of addresses) {
      if (this.#waiting.size >= waitingMax) break
      if (!this.#own.has(address) && hostOf(address) !== undefined) this.#waiting.add(address)
    }
    if (this.#waiting.size > 0) this.#arm(lookEveryMs)
  }

  stop(): void {
    this.#isStopped = true
  }

  #arm(everyMs: number): void {
    if (this.#isLooking || this.#isStopped) return
    this.#isLooking = true
    const { clock } = this.#parts
    clock.after(Math.max(0, this.#lookedMs + everyMs - clock.now()), () => this.#look())
  }

  #look(): void {
    if (this.#isStopped) return
    this.#lookedMs = this.#parts.clock.now()
    const addresses = [...this.#waiting].filter((address) => !this.#own.has(address))
    this.#waiting.clear()
    this.#parts.look(addresses, (met) => this.#looked(met))
  }

  #looked(met: readonly string[]): void {
    this.#isLooking = false
    if (this.#waiting.size > 0) this.#arm(lookEveryMs)
    for (const address of met) this.#waiting.add(address)
    if (met.length > 0) this.#arm(lookAgainMs)
  }
}
