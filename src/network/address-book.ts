import { hostOf, isLoopbackHost } from './address.ts'

interface Known {
  readonly address: string
  /** When somebody last named it. */
  seenMs: number
  /** When it last led to the peer; -Infinity for never. */
  succeededMs: number
  /** When it last did not; -Infinity for never. */
  failedMs: number
}

/** What this machine listens on, to know its own addresses and its neighbours on the same machine. */
export interface OwnPlace {
  readonly addresses: ReadonlySet<string>
  readonly hosts: ReadonlySet<string>
}

/**
 * The addresses of one peer, the most promising first. Bounded: the one nobody named or reached for longest makes room.
 */
export class AddressBook {
  readonly #max: number
  /** A list of the right length, since a node keeps a thousand of them. */
  #known: Known[] = []

  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#known.length
  }

  /** Somebody named these, the freshest first. Text that is no address is passed over. */
  see(addresses: readonly string[], now: number): void {
    let taken = 0
    for (const address of addresses.slice(0, 4 * this.#max)) {
      // A hair apart, so that the first named counts as the freshest.
      if (this.#entry(address, now - taken * 1e-6) !== undefined) taken += 1
      if (taken === this.#max) break
    }
    this.#trim()
  }

  succeeded(address: string, now: number): void {
    const known = this.#entry(address, now)
    if (known !== undefined) known.succeededMs = now
    this.#trim()
  }

  /** Only for addresses that are still here: a failure makes nothing known. */
  failed(address: string, now: number): void {
    const known = this.#known.find((entry) => entry.address === address)
    if (known !== undefined) known.failedMs = now
  }

  /**
   * The order to dial in: not failed since last named or reached, before failed; last reached first, then last named; of those that
   * failed, the longest untried. Loopback means "this machine", so of a peer on another host it is left out as long as there is anything
   * else. Own addresses are never among them.
   */
  order(own: OwnPlace): string[] {
    const foreign = this.#known.filter((known) => !own.addresses.has(known.address))
    const outer = foreign.filter((known) => !isLoopbackHost(hostIn(known)))
    const isNeighbour = outer.length === 0 || outer.some((known) => own.hosts.has(hostIn(known)))
    const inner = isNeighbour ? foreign.filter((known) => isLoopbackHost(hostIn(known))) : []
    return [...outer.sort(byPromise), ...inner.sort(byPromise)].map((known) => known.address)
  }

  #entry(address: string, now: number): Known | undefined {
    const known = this.#known.find((entry) => entry.address === address)
    if (known !== undefined) {
      known.seenMs = Math.max(known.seenMs, now)
      return known
    }
    if (hostOf(address) === undefined) return undefined
    const made = { address, seenMs: now, succeededMs: -Infinity, failedMs: -Infinity }
    this.#known = [...this.#known, made]
    return made
  }

  #trim(): void {
    if (this.#known.length <= this.#max) return
    // The address that last led to the peer stays, whatever anybody says on the local network.
    const proven = this.#known.reduce((best, known) => (known.succeededMs > best.succeededMs ? known : best))
    const lastMs = (known: Known): number => {
      if (known === proven && known.succeededMs > -Infinity) return Infinity
      return Math.max(known.seenMs, known.succeededMs)
    }
    this.#known.sort((a, b) => lastMs(b) - lastMs(a))
    this.#known.length = this.#max
  }
}

const hostIn = ({ address }: Known): string => hostOf(address) ?? ''

const isStale = (known: Known): boolean => known.failedMs > known.succeededMs && known.failedMs > known.seenMs

// `||` passes a difference on when it is 0 and when it is NaN, which two times "never" give.
function byPromise(a: Known, b: Known): number {
  const stale = Number(isStale(a)) - Number(isStale(b))
  if (stale !== 0) return stale
  if (isStale(a)) return a.failedMs - b.failedMs || b.seenMs - a.seenMs
  return b.succeededMs - a.succeededMs || b.seenMs - a.seenMs
}
