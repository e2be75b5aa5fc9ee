import type { Random } from '../runtime/random.ts'
import type { PeerId } from '../state/peer-id.ts'
import { AddressBook, type OwnPlace } from './address-book.ts'
import { hostOf, type StaticPeer } from './address.ts'
import type { DialAction, DialOutcome, KeeperAction } from './keeper-action.ts'
import { keeperDefaults, type KeeperSettings } from './keeper-settings.ts'
import { staticTarget, type Peer, type StaticTarget, type Target } from './keeper-target.ts'
import { hashOf, neighboursOf, pairHash, type RingPlace } from './neighbours.ts'

/** A link that lived no longer was not worth the dial. */
const briefMs = 5000

export interface KeeperOptions {
  readonly self: PeerId
  readonly random: Random
  readonly staticPeers?: readonly StaticPeer[]
  readonly settings?: Partial<KeeperSettings>
}

/**
 * Who should be connected, which addresses are fresh, who dials in which order and when. No IO and no time of its own: tell it what
 * happened, then ask `act` what to do; ask again at `wakeAtMs` and after whatever happened next.
 *
 * A link is never closed for want of a wish, save above `linksMax`, and then only where neither end wishes it, once: so nothing flaps.
 */
export class Keeper {
  readonly #self: RingPlace & { readonly peer: PeerId }
  readonly #random: Random
  readonly #settings: KeeperSettings
  readonly #peers = new Map<PeerId, Peer>()
  #statics: readonly StaticTarget[] = []
  /** The peers connected now, known or not. */
  readonly #linked = new Map<PeerId, { readonly sinceMs: number }>()
  #own: OwnPlace = { addresses: new Set(), hosts: new Set() }
  #wished = new Set<Peer>()
  #wishedMs = -Infinity
  #wishesChanged = false
  #foreignUntilMs = Infinity
  #dials = 0
  #trimmedMs = -Infinity

  constructor(options: KeeperOptions) {
    this.#self = { peer: options.self, hash: hashOf(options.self) }
    this.#random = options.random
    this.#settings = { ...keeperDefaults, ...options.settings }
    this.seek(options.staticPeers ?? [])
  }

  /**
   * Peers that the user names, in place of those named before: one of those is let go where it is not connected, or else is from now on as any
   * other.
   */
  seek(named: readonly StaticPeer[]): void {
    const before = new Map(this.#statics.map((target) => [target.address, target]))
    this.#statics = named
      .filter(({ peer }) => peer === undefined)
      .map(({ address }) => before.get(address) ?? staticTarget(address))
    const given = named.filter(({ peer }) => peer !== undefined && peer !== this.#self.peer)
    for (const known of [...this.#peers.values()].filter(({ isGiven }) => isGiven)) {
      known.isGiven = given.some(({ peer }) => peer === known.peer)
      if (!known.isGiven && !known.isConnected) this.#drop(known)
    }
    for (const { peer, address } of given) {
      if (peer === undefined) continue
      const known = this.#peers.get(peer) ?? this.#add(peer, -Infinity, true)
      known.isGiven = true
      known.book.see([address], -Infinity)
    }
  }

  /** Peers known now, connected or not. */
  get knownCount(): number {
    return this.#peers.size
  }

  /** Peers connected now. */
  get linkCount(): number {
    return this.#linked.size
  }

  /** Own listening addresses: never dialled, and the mark of peers on the same machine. */
  ownAddresses(addresses: readonly string[]): void {
    const hosts = addresses.map(hostOf).filter((host) => host !== undefined)
    this.#own = { addresses: new Set(addresses), hosts: new Set(hosts) }
    for (const named of this.#statics) named.isDoubtful ||= named.peer === this.#self.peer
  }

  /** A peer said on the local network that it is here, at these addresses. */
  discovered(peer: PeerId, addresses: readonly string[], now: number): void {
    const known = this.#hear(peer, addresses, now)
    if (known === undefined || known.failures === 0) return
    // It lives: no need to wait longer, yet never more than a dial in `retryMs` for a peer that answers discovery only.
    const earliestMs = Math.max(now + this.#patienceMs(peer), known.dialledMs + this.#settings.retryMs)
    known.notBeforeMs = Math.min(known.notBeforeMs, earliestMs)
  }

  /** Somebody named a peer and its addresses, the freshest first. */
  remember(peer: PeerId, addresses: readonly string[], now: number): void {
    this.#hear(peer, addresses, now)
  }

  /** The first connection to a peer is up. */
  connected(peer: PeerId, now: number): void {
    if (this.#linked.has(peer)) return
    this.#linked.set(peer, { sinceMs: now })
    const known = this.#hear(peer, [], now)
    if (known === undefined) return
    known.isConnected = true
    known.connectedMs = now
    known.failures = 0
    known.foreignUntilMs = -Infinity
    if (known.trim === 'trimmed') known.trim = 'kept'
    this.#wishesChanged = true
  }

  /** The last connection to a peer is gone. */
  disconnected(peer: PeerId, now: number): void {
    this.#linked.delete(peer)
    const known = this.#peers.get(peer)
    if (known === undefined || !known.isConnected) return
    known.isConnected = false
    known.heardMs = now
    // A peer that takes every call and hangs up must not be called without end.
    known.brief = now - known.connectedMs < briefMs ? known.brief + 1 : 0
    const pauseMs = this.#retryMs(known.brief, this.#settings.retryMaxMs)
    known.notBeforeMs = Math.max(now + this.#patienceMs(peer), known.dialledMs + pauseMs)
    this.#wishesChanged = true
  }

  /** A peer answered and does not speak our protocol. */
  foreign(peer: PeerId, now: number): void {
    const known = this.#hear(peer, [], now)
    if (known === undefined) return
    known.foreignUntilMs = now + this.#settings.foreignMs
    this.#foreignUntilMs = Math.min(this.#foreignUntilMs, known.foreignUntilMs)
    this.#wishesChanged = true
  }

  /** Dial it no more until somebody names it again. A peer or an address the user gave is still asked for, now and then. */
  forget(peer: PeerId): void {
    for (const named of this.#statics) if (named.peer === peer) named.peer = undefined
    const known = this.#peers.get(peer)
    if (known === undefined) return
    if (known.isGiven) known.heardMs = -Infinity
    else this.#drop(known)
  }

  /** What became of a dial that `act` asked for. */
  dialEnded(dial: DialAction, outcome: DialOutcome, now: number): void {
    this.#dials -= 1
    const reached = outcome.reached
    const known = dial.peer === undefined ? undefined : this.#peers.get(dial.peer)
    for (const address of new Set(outcome.failed)) known?.book.failed(address, now)
    for (const named of this.#statics) {
      const isTried = dial.peer === undefined && dial.addresses.includes(named.address)
      if (isTried) this.#settle(named, reached !== undefined, now)
      if (reached?.address === named.address) {
        named.peer = reached.peer
        named.isDoubtful = false
      } else if (dial.peer !== undefined && dial.peer === named.peer) named.isDoubtful = reached === undefined
    }
    if (known !== undefined) this.#settle(known, reached !== undefined, now)
    if (reached !== undefined) {
      const answering = this.#hear(reached.peer, [], now)
      if (reached.address !== undefined) answering?.book.succeeded(reached.address, now)
    }
    this.#wishesChanged = true
  }

  /** What to do now. The same dial is not asked for again before `dialEnded`. */
  act(now: number): KeeperAction[] {
    this.#wish(now)
    const actions: KeeperAction[] = []
    const due: { readonly target: Target; readonly dial: DialAction }[] = []
    for (const target of this.#waiting(now)) {
      if (target.notBeforeMs > now) continue
      const dial = this.#dialOf(target, now)
      if (dial !== undefined) due.push({ target, dial })
      else target.notBeforeMs = now + this.#settings.retryMaxMs
    }
    const isTried = (target: Target): number => (target.failures > 0 ? 1 : 0)
    due.sort((a, b) => isTried(a.target) - isTried(b.target) || a.target.notBeforeMs - b.target.notBeforeMs || 0)
    for (const { target, dial } of due) {
      if (this.#dials >= this.#settings.dialsMax) break
      target.isDialling = true
      target.dialledMs = now
      this.#dials += 1
      actions.push(dial)
    }
    const superfluous = this.#superfluous(now)
    if (superfluous !== undefined) {
      superfluous.trim = 'trimmed'
      this.#trimmedMs = now
      actions.push({ kind: 'hang-up', peer: superfluous.peer })
    }
    return actions
  }

  /** When to call `act` again if nothing happens before; Infinity for "no need". Never in the past. */
  wakeAtMs(now: number): number {
    let wakeMs = Infinity
    if (this.#dials < this.#settings.dialsMax) {
      for (const target of this.#waiting(now)) wakeMs = Math.min(wakeMs, target.notBeforeMs)
    }
    if (this.#wishesChanged) wakeMs = Math.min(wakeMs, this.#wishedMs + this.#settings.wishEveryMs)
    if (this.#linked.size > this.#settings.linksMax) wakeMs = Math.min(wakeMs, now + this.#settings.retryMs)
    return Math.max(now, Math.min(wakeMs, this.#foreignUntilMs))
  }

  /** Who is wished and missing, and which given addresses nobody answered at yet. */
  #waiting(now: number): (Peer | StaticTarget)[] {
    const waiting: (Peer | StaticTarget)[] = []
    for (const peer of this.#wished) {
      if (peer.isConnected || peer.isDialling || peer.foreignUntilMs > now || peer.book.size === 0) continue
      // One dial at a time for one peer, by name or by address.
      if (!this.#statics.some((named) => named.isDialling && named.peer === peer.peer)) waiting.push(peer)
    }
    for (const named of this.#statics) {
      if (named.isDialling || (named.peer !== undefined && !named.isDoubtful)) continue
      const last = named.peer === undefined ? undefined : this.#peers.get(named.peer)
      if (last === undefined || !(last.isConnected || last.isDialling)) waiting.push(named)
    }
    return waiting
  }

  #dialOf(target: Peer | StaticTarget, now: number): DialAction | undefined {
    if (!('book' in target)) {
      if (this.#own.addresses.has(target.address)) return undefined
      const last = target.peer === undefined ? undefined : this.#peers.get(target.peer)
      return { kind: 'dial', peer: undefined, addresses: this.#insisting([target.address], last, now) }
    }
    const addresses = target.book.order(this.#own).slice(0, this.#settings.addressesPerDialMax)
    if (addresses.length === 0) return undefined
    return { kind: 'dial', peer: target.peer, addresses: this.#insisting(addresses, target, now) }
  }

  /** The addresses of a peer that was here a moment ago, over and over: it is not gone, the network is, and may be back at any time. */
  #insisting(addresses: readonly string[], peer: Peer | undefined, now: number): readonly string[] {
    const { insistMs, insistTimes } = this.#settings
    if (peer === undefined || peer.connectedMs === -Infinity || now - peer.heardMs > insistMs) return addresses
    return Array.from(
      { length: Math.max(addresses.length, insistTimes) },
      (_, at) => addresses[at % addresses.length] ?? '',
    )
  }

  #settle(target: Target, isReached: boolean, now: number): void {
    target.isDialling = false
    target.failures = isReached ? 0 : target.failures + 1
    const isRecent = 'heardMs' in target && now - Number(target.heardMs) < this.#settings.recentMs
    const maxMs = isRecent ? this.#settings.retryRecentMaxMs : this.#settings.retryMaxMs
    // Counted from the start of the dial: a silent host must not be asked less often than one that refuses.
    target.notBeforeMs = Math.max(now + 50, target.dialledMs + this.#retryMs(target.failures, maxMs))
  }

  /** From one round to the next after so many in vain: longer each time up to a bound, and never the same for all. */
  #retryMs(rounds: number, maxMs: number): number {
    const growth = 1.5 ** Math.min(20, Math.max(0, rounds - 1))
    return Math.min(maxMs, this.#settings.retryMs * growth) * (0.8 + 0.4 * this.#random.fraction())
  }

  #hear(peer: PeerId, addresses: readonly string[], now: number): Peer | undefined {
    if (peer === this.#self.peer) return undefined
    const known = this.#peers.get(peer) ?? this.#add(peer, now, false)
    known.heardMs = Math.max(known.heardMs, now)
    if (known.book.size === 0 && addresses.length > 0) this.#wishesChanged = true
    known.book.see(addresses, now)
    return known
  }

  #add(peer: PeerId, now: number, isGiven: boolean): Peer {
    if (this.#peers.size >= this.#settings.peersMax) this.#evict()
    const linked = this.#linked.get(peer)
    const made: Peer = {
      isDialling: false,
      dialledMs: -Infinity,
      failures: 0,
      notBeforeMs: now + this.#patienceMs(peer),
      peer,
      hash: hashOf(peer),
      book: new AddressBook(this.#settings.addressesMax),
      isGiven,
      isConnected: linked !== undefined,
      connectedMs: linked?.sinceMs ?? -Infinity,
      brief: 0,
      heardMs: now,
      foreignUntilMs: -Infinity,
      trim: 'never',
    }
    this.#peers.set(peer, made)
    this.#wishesChanged = true
    return made
  }

  /** Makes room: peers never connected go first, so that a flood of made-up names cannot push out real ones. */
  #evict(): void {
    let oldest: Peer | undefined
    const rank = (peer: Peer): number => (peer.connectedMs === -Infinity ? 0 : 1)
    for (const peer of this.#peers.values()) {
      if (peer.isConnected || peer.isDialling || peer.isGiven) continue
      const isOlder =
        oldest === undefined ||
        rank(peer) < rank(oldest) ||
        (rank(peer) === rank(oldest) && peer.heardMs < oldest.heardMs)
      if (isOlder) oldest = peer
    }
    if (oldest !== undefined) this.#drop(oldest)
  }

  #drop(peer: Peer): void {
    this.#peers.delete(peer.peer)
    this.#wished.delete(peer)
    this.#wishesChanged = true
  }

  /** The smaller ID dials at once, the larger gives it time to. */
  #patienceMs(peer: PeerId): number {
    return this.#self.peer < peer ? 0 : this.#settings.yieldMs * (1 + 0.2 * this.#random.fraction())
  }

  /**
   * Whom this node wants: the neighbours it would have if everybody lived, and those it must have given who answers. While few are
   * known, that is everybody.
   */
  #wish(now: number): void {
    if (now >= this.#foreignUntilMs) {
      this.#foreignUntilMs = Infinity
      for (const { foreignUntilMs } of this.#peers.values()) {
        if (foreignUntilMs > now) this.#foreignUntilMs = Math.min(this.#foreignUntilMs, foreignUntilMs)
      }
      this.#wishesChanged = true
    }
    if (!this.#wishesChanged) return
    const { fullMeshMax, chosenMax, failuresMax, wishEveryMs } = this.#settings
    if (this.#peers.size > fullMeshMax && now < this.#wishedMs + wishEveryMs) return
    const own: Peer[] = []
    const answering: Peer[] = []
    for (const peer of this.#peers.values()) {
      if (peer.foreignUntilMs > now) continue
      own.push(peer)
      // Whoever gives no address where it could be asked is not counted on: names cost nothing, and real servers would be lost among them.
      const isHopeful = peer.failures < failuresMax && peer.book.size > 0
      if (peer.isConnected || isHopeful) answering.push(peer)
    }
    const wished = (among: Peer[]): Iterable<Peer> =>
      among.length <= fullMeshMax ? among : neighboursOf(this.#self, among, chosenMax)
    this.#wished = new Set([...wished(own), ...wished(answering)])
    this.#wishedMs = now
    this.#wishesChanged = false
  }

  /** A link to close, if there are too many: wished by neither end as far as can be told here, the least wished first. */
  #superfluous(now: number): Peer | undefined {
    const { linksMax, trimAfterMs, retryMs, chosenMax } = this.#settings
    if (this.#linked.size <= linksMax || now < this.#trimmedMs + retryMs) return undefined
    const pair = (peer: Peer): number => pairHash(this.#self.hash, peer.hash)
    const candidates = [...this.#peers.values()]
      .filter((peer) => peer.isConnected && peer.trim !== 'kept' && !this.#wished.has(peer))
      .filter((peer) => now - peer.connectedMs >= trimAfterMs)
      .sort((a, b) => pair(b) - pair(a))
    return candidates.find((candidate) => {
      const others: RingPlace[] = [this.#self, ...this.#peers.values()].filter((place) => place !== candidate)
      return !neighboursOf(candidate, others, chosenMax).has(this.#self)
    })
  }
}
