import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { PacketRefusal } from './multicast-socket.ts'

/** Why a connection, or a packet, was turned away before anybody could say who is there. */
export type TurnedAwayReason =
  /** It has a cluster key, and none of this node's. */
  | 'foreign-key'
  /** It speaks without a cluster key. */
  | 'no-key'
  /** It did not say enough in time. */
  | 'silent-connection'
  /** Its address has sent too many before it; nothing of it was read. */
  | 'connection-rate'
  | PacketRefusal

const sentences: Readonly<Record<TurnedAwayReason, string>> = {
  'foreign-key': 'a node with another cluster key was turned away: give it a key of this cluster, or another network',
  'no-key': 'a node without a cluster key was turned away: give it the key of this cluster, or another network',
  'silent-connection': 'a connection that said nothing was closed',
  'connection-rate': 'connections from one address come too fast and are closed unread: look at what runs there',
  'mdns-packet':
    'packets of multicast DNS that nobody can read in reasonable time are passed over: look at what runs there',
  'mdns-rate': 'packets of multicast DNS come too fast and are passed over: look at what runs there',
}

/** The same address is named again after this long: a node with a wrong key tries again every few seconds. */
const nameEveryMs = 60_000

/** Addresses that are kept track of; of more, only the counts go on. */
const addressesMax = 256

/** Counts who was turned away, and names each by address in the log. */
export class TurnedAway {
  readonly #clock: Clock
  readonly #log: Log
  readonly #counts = new Map<TurnedAwayReason, number>()
  readonly #namedMs = new Map<string, number>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  /** `address` is the remote multiaddress; its port is another one at each try. */
  add(reason: TurnedAwayReason, address: string): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
    const host = address.split('/').slice(0, 3).join('/')
    const [key, now] = [`${reason} ${host}`, this.#clock.now()]
    if (now - (this.#namedMs.get(key) ?? Number.NEGATIVE_INFINITY) < nameEveryMs) return
    if (this.#namedMs.size >= addressesMax && !this.#namedMs.has(key)) this.#forgetOldest()
    this.#namedMs.delete(key)
    this.#namedMs.set(key, now)
    this.#log.warn(sentences[reason], { address })
  }

  /** Counts since the start by reason. */
  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  #forgetOldest(): void {
    for (const oldest of this.#namedMs.keys()) {
      this.#namedMs.delete(oldest)
      return
    }
  }
}
