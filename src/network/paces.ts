import { limits } from '../protocol/limits.ts'
import { Pace, type PaceOptions } from './pace.ts'

/**
 * A pace for each peer, kept while its streams and connections come and go: else each new one would bring a new burst, and whoever opens one after
 * another would never be beyond its rate.
 */
export class Paces<Peer extends string> {
  readonly #make: (peer: Peer) => PaceOptions
  readonly #paces = new Map<Peer, Pace>()

  constructor(make: (peer: Peer) => PaceOptions) {
    this.#make = make
  }

  of(peer: Peer): Pace {
    const known = this.#paces.get(peer)
    if (known !== undefined) return known
    if (this.#paces.size >= limits.membersMax) this.#forgetOne()
    const pace = new Pace(this.#make(peer))
    this.#paces.set(peer, pace)
    return pace
  }

  /** The first that has spent nothing of late makes room, else the one that is known for longest. */
  #forgetOne(): void {
    let chosen: Peer | undefined
    for (const [peer, pace] of this.#paces) {
      chosen ??= peer
      if (!pace.isFull) continue
      chosen = peer
      break
    }
    if (chosen !== undefined) this.#paces.delete(chosen)
  }
}
