import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { LinkOffence, Network, Verdict } from '../network/network.ts'
import { limits } from '../protocol/limits.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import { Conduct, type Offence } from './conduct.ts'
import type { Counters } from './counters.ts'
import type { Tell } from './events.ts'

export interface GatekeeperParts {
  readonly clock: Clock
  readonly network: Network
  readonly counters: Counters
  readonly tell: Tell
  readonly log: Log
  /** The peers that may take part; undefined: all. */
  readonly allowed: ReadonlySet<PeerId> | undefined
  readonly nameOfPeer: (peer: PeerId) => string
  readonly entityOfPeer: (peer: PeerId) => EntityId | undefined
}

/** Under what name each is counted. */
const linkRefusals: Readonly<Record<LinkOffence, string>> = {
  flood: 'link-rate',
  'broken-message': 'broken-frame',
  'unfinished-question': 'unfinished-question',
}

/** Peers that were kept out are named once each, and no more of them: who likes makes a new peer ID for each connection. */
const namedMax = 64

/** Who may be connected with and how much each may send; whoever breaks the protocol is cut off for a time, and named. */
export class Gatekeeper {
  readonly #parts: GatekeeperParts
  #allowed: ReadonlySet<PeerId> | undefined
  readonly #conduct: Conduct
  /** Peers that are not on the allow-list and were named. */
  readonly #shutOut = new Set<PeerId>()

  constructor(parts: GatekeeperParts) {
    this.#parts = parts
    this.#allowed = parts.allowed
    this.#conduct = new Conduct({ clock: parts.clock, cutOff: (peer, offence) => this.#cutOff(peer, offence) })
  }

  get cutOffs(): number {
    return this.#conduct.cutOffs
  }

  /** Takes another allow-list: whoever is not on it is disconnected at once, and so counts no more. */
  allow(allowed: ReadonlySet<PeerId> | undefined): void {
    this.#allowed = allowed
    this.#shutOut.clear()
    const { network } = this.#parts
    for (const { peer } of network.links()) {
      if (this.allows(peer)) continue
      network.forget(peer)
      network.disconnect(peer)
    }
  }

  /** The peers on the allow-list; undefined where there is none. */
  get allowed(): ReadonlySet<PeerId> | undefined {
    return this.#allowed
  }

  /** Whether a peer is on the allow-list, or there is none. */
  allows(peer: PeerId): boolean {
    return this.#allowed?.has(peer) ?? true
  }

  /** Whether a peer may be connected with now. */
  admits(peer: PeerId): boolean {
    if (!this.allows(peer)) {
      this.#nameShutOut(peer)
      return false
    }
    return !this.#conduct.isOut(peer)
  }

  /** Has a gossiped message taken where its neighbour may send it. */
  gossip(from: PeerId, bytes: number, take: () => Verdict): Verdict {
    if (this.#conduct.mayGossip(from, bytes)) return this.judged(take(), from)
    this.#parts.counters.refuse('gossip-rate')
    return 'ignore'
  }

  mayAsk(peer: PeerId, bytes: number): boolean {
    const may = this.#conduct.mayAsk(peer, bytes)
    if (!may) this.#parts.counters.refuse('question-rate')
    return may
  }

  mayAnnounce(peer: PeerId): boolean {
    const may = this.#conduct.mayAnnounce(peer)
    if (!may) this.#parts.counters.refuse('membership-rate')
    return may
  }

  mayAccuse(peer: PeerId): boolean {
    const may = this.#conduct.mayAccuse(peer)
    if (!may) this.#parts.counters.refuse('membership-rate')
    return may
  }

  /** The network saw what no node does. */
  offends(peer: PeerId, offence: LinkOffence): void {
    this.#parts.counters.refuse(linkRefusals[offence])
    if (offence === 'flood') this.#conduct.flooded(peer)
    else this.blame(peer, offence)
  }

  /** A peer says of a copy what its owner does not. */
  toldFalsely(peer: PeerId): void {
    this.#parts.counters.refuse('false-stand')
    this.#conduct.toldFalsely(peer)
  }

  judged(verdict: Verdict, from: PeerId): Verdict {
    if (verdict === 'reject') this.blame(from, 'broken-message')
    return verdict
  }

  blame(peer: PeerId, offence: Offence): void {
    this.#conduct.blame(peer, offence)
  }

  /** A person who forgot a server in the list finds it here. */
  #nameShutOut(peer: PeerId): void {
    const { counters, log, nameOfPeer } = this.#parts
    counters.refuse('peer-not-allowed')
    if (this.#shutOut.has(peer) || this.#shutOut.size >= namedMax) return
    this.#shutOut.add(peer)
    const name = nameOfPeer(peer)
    log.warn('a peer that is not on the allow-list is kept out; add it to `peers` if it is one of your servers', {
      peer,
      ...(name === peer ? {} : { name }),
    })
  }

  #cutOff(peer: PeerId, offence: Offence): void {
    const { network, tell, nameOfPeer, entityOfPeer } = this.#parts
    const sentence =
      `peer ${peer} (${nameOfPeer(peer)}) breaks the protocol (${offence}): it is cut off for ${limits.cutOffMs / 60_000} ` +
      'minutes. Look at that server: its software is faulty, or somebody else runs it.'
    network.forget(peer)
    network.disconnect(peer, 'misconduct')
    tell('alarm', { kind: 'misconduct', entity: entityOfPeer(peer), sentence, phase: 'once' })
  }
}
