import type { PeerId } from '../state/peer-id.ts'

/** How the gossip stream to a connected peer stands: usable, not there, or there and unusable. */
export type StreamHealth = 'open' | 'missing' | 'dead'

export interface WatchdogSettings {
  /** Checks in a row with a missing stream before the link is renewed. Default 12: 6 s, at one in half a second. */
  readonly missingMax: number
  /** Checks in a row with a dead stream before the link is renewed. Default 2: one may fall into a link's own closing. */
  readonly deadMax: number
}

const watchdogDefaults: WatchdogSettings = Object.freeze({ missingMax: 12, deadMax: 2 })

/**
 * Finds links over which gossip silently stopped.
 *
 * gossipsub 14.1.2 keeps one outbound stream a peer. When that stream or its connection dies while another connection to the peer
 * stays, it is never opened again and `publish` still counts the peer as reached. Only giving up all connections to the peer helps in every
 * case seen. Opening a stream takes up to 5 s under load, so a missing one gets more time; time is counted in checks, because a
 * stalled process makes none.
 */
export class Watchdog {
  readonly #settings: WatchdogSettings
  readonly #bad = new Map<PeerId, { health: StreamHealth; checks: number }>()

  constructor(settings?: Partial<WatchdogSettings>) {
    this.#settings = { ...watchdogDefaults, ...settings }
  }

  /** One check over all connected peers; returns those whose links must be renewed. */
  check(peers: Iterable<readonly [PeerId, StreamHealth]>): PeerId[] {
    const renewals: PeerId[] = []
    const unseen = new Set(this.#bad.keys())
    for (const [peer, health] of peers) {
      unseen.delete(peer)
      if (health === 'open') {
        this.#bad.delete(peer)
        continue
      }
      const before = this.#bad.get(peer)
      const checks = before?.health === health ? before.checks + 1 : 1
      this.#bad.set(peer, { health, checks })
      if (checks < (health === 'dead' ? this.#settings.deadMax : this.#settings.missingMax)) continue
      this.#bad.delete(peer)
      renewals.push(peer)
    }
    for (const peer of unseen) this.#bad.delete(peer)
    return renewals
  }
}
