import type { Connection } from '@libp2p/interface'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { ByteCounter } from './byte-counter.ts'
import type { Door } from './door.ts'
import { hostOfConnection } from './guarded-tcp.ts'
import { pingOver } from './libp2p-node.ts'
import type { Links } from './links.ts'
import { Liveness, livenessDefaults } from './liveness.ts'
import { Watchdog, type StreamHealth } from './watchdog.ts'

/** Between two checks of all links, in milliseconds. */
export const careEveryMs = 500

/** A connected peer that has not said what it speaks by then is let go: identify's own time-out is 5 s. */
const identifyMaxMs = 8000

interface LinkCareParts {
  readonly self: PeerId
  readonly clock: Clock
  readonly log: Log
  readonly links: Links
  readonly bytes: ByteCounter
  readonly healthOf: (peer: PeerId) => StreamHealth
  /** A connection has ended and libp2p did not say so. */
  readonly ended: (peer: PeerId, connection: Connection) => void
}

export interface LinkCareSettings {
  /** A connection over which nothing came for so long is pinged; in steps of `careEveryMs`. Default 1000 ms. */
  readonly pingAfterMs: number
  /** It is given up when nothing comes for so long after that; in steps of `careEveryMs`. Default 3000 ms. */
  readonly pingTimeoutMs: number
}

export const linkCareDefaults: LinkCareSettings = Object.freeze({ pingAfterMs: 1000, pingTimeoutMs: 3000 })

/** What is done for all links from time to time: dead ones are given up, mute ones renewed, superfluous ones closed. */
export class LinkCare {
  readonly #parts: LinkCareParts
  readonly #liveness: Liveness<Connection>
  readonly #watchdog: Watchdog = new Watchdog()
  /** Peers whose connections were renewed because gossip no longer passed. */
  renewals = 0

  constructor(parts: LinkCareParts, settings: LinkCareSettings) {
    this.#parts = parts
    const checks = (ms: number): number => Math.max(1, Math.round(ms / careEveryMs))
    const [quietMax, patienceMax] = [checks(settings.pingAfterMs), checks(settings.pingTimeoutMs)]
    this.#liveness = new Liveness({ ...livenessDefaults, quietMax, patienceMax })
  }

  check(): void {
    const { self, links, ended } = this.#parts
    for (const [peer, connection] of links.ended()) ended(peer, connection)
    this.#giveUpDead()
    for (const extra of links.superfluous(self)) closeOrAbort(extra)
    this.#renewMute()
  }

  #giveUpDead(): void {
    const { links, bytes } = this.#parts
    const open = links.open().map((connection) => [connection, bytes.receivedOver(connection)] as const)
    const { ping, dead } = this.#liveness.check(open)
    for (const connection of ping) {
      pingOver(connection).then(
        (roundTripMs) => {
          connection.rtt = roundTripMs
          this.#liveness.heard(connection)
        },
        () => {},
      )
    }
    for (const connection of dead) connection.abort(new Error('nothing comes over it'))
  }

  #renewMute(): void {
    const { clock, log, links, healthOf } = this.#parts
    const now = clock.now()
    const speaking: (readonly [PeerId, StreamHealth])[] = []
    for (const { peer, sinceMs, speaks } of links.peers()) {
      if (speaks) speaking.push([peer, healthOf(peer)])
      else if (now - sinceMs > identifyMaxMs) hangUp(links, peer)
    }
    for (const peer of this.#watchdog.check(speaking)) {
      this.renewals += 1
      log.info('gossip to a peer stopped; its connections are renewed', { peer })
      hangUp(links, peer)
    }
  }
}

/** Ends all connections to a peer that broke the protocol: nothing is said to it any more, and nothing of what it has sent is read. */
export function cutOff(links: Links, peer: PeerId, door: Door): void {
  for (const connection of links.connections(peer)) {
    door.charge(hostOfConnection(connection.remoteAddr))
    connection.abort(new Error('it broke the protocol'))
  }
}

/** Closes all connections to a peer. */
export function hangUp(links: Links, peer: PeerId): void {
  for (const connection of links.connections(peer)) closeOrAbort(connection)
}

function closeOrAbort(connection: Connection): void {
  connection
    .close()
    .catch((error: unknown) => connection.abort(error instanceof Error ? error : new Error(String(error))))
}
