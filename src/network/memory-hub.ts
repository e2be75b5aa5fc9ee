import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import { processClock } from '../runtime/virtual-clock.ts'
import type { PeerId } from '../state/peer-id.ts'
import { shapeDefaults, type MemoryHubOptions, type PathShape, type Traffic } from './memory-hub-options.ts'
import { TrafficCount } from './memory-traffic.ts'
import { WireEnd, type MemoryHost, type MemoryNode, type Parcel } from './memory-wire.ts'

/**
 * Hosts and the paths between them, in memory. Everything happens in tasks of the clock and by the given chance: a seed repeats a run.
 * A cut path is silent, as a pulled cable: parcels wait as in TCP's buffers, and arrive late if the cut ends before an end gives the
 * wire up (`detectMs`), never otherwise.
 * @example
 * ```ts
 * import { VirtualCluster } from 'lampfield/testing'
 * new VirtualCluster({ seed: 1 }).hub.cut('server1', 'server2', { oneWay: true })
 * ```
 */
export class MemoryHub {
  readonly clock: Clock
  readonly random: Random
  readonly options: Required<MemoryHubOptions>
  readonly #hosts = new Map<string, MemoryHost>()
  readonly #listeners = new Map<string, MemoryNode>()
  readonly #cuts = new Set<string>()
  readonly #groups = new Map<string, number>()
  readonly #shapes = new Map<string, PathShape>()
  readonly #traffic: TrafficCount
  #shape: PathShape
  #hasMulticast = true

  constructor(options: MemoryHubOptions) {
    this.clock = options.clock
    this.random = options.random
    this.#shape = { ...shapeDefaults, ...options.shape }
    this.options = {
      detectMs: 5000,
      connectTimeoutMs: 1500,
      handshakeMs: 8,
      overheadBytes: 60,
      meshDegree: 4,
      discoveryMs: 1000,
      ...options,
      shape: this.#shape,
    }
    this.#traffic = new TrafficCount(this.options.overheadBytes)
  }

  /** @internal The host of this name; made at first mention. */
  host(name: string): MemoryHost {
    const known = this.#hosts.get(name)
    if (known !== undefined) return known
    const number = this.#hosts.size + 1
    const ip = `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
    const clock = processClock(this.clock)
    const made: MemoryHost = { name, ip, clock, status: 'running', inbox: [], nodes: new Set() }
    this.#hosts.set(name, made)
    return made
  }

  /** The clock for everything that runs on a host: it stands still while the host is paused and dies when it crashes. */
  clockOf(name: string): Clock {
    return this.host(name).clock
  }

  /** Cuts the path between two hosts: both ways, or from `a` to `b` only. */
  cut(a: string, b: string, options?: { readonly oneWay?: boolean }): void {
    this.#cuts.add(`${a}>${b}`)
    if (options?.oneWay !== true) this.#cuts.add(`${b}>${a}`)
    this.#review()
  }

  /** Undoes `cut` between two hosts, both ways. */
  mend(a: string, b: string): void {
    this.#cuts.delete(`${a}>${b}`)
    this.#cuts.delete(`${b}>${a}`)
    this.#review()
  }

  /** Cuts all paths between the groups. Hosts that are not named stay together, in a group of their own. */
  partition(...groups: readonly (readonly string[])[]): void {
    this.#groups.clear()
    for (const [at, group] of groups.entries()) for (const name of group) this.#groups.set(name, at + 1)
    this.#review()
  }

  /** Undoes every cut and partition. */
  heal(): void {
    this.#cuts.clear()
    this.#groups.clear()
    this.#review()
  }

  /** Changes how parcels travel between two hosts, both ways; without hosts, everywhere where nothing else was said. */
  shape(change: Partial<PathShape>, a?: string, b?: string): void {
    if (a === undefined || b === undefined) {
      this.#shape = { ...this.#shape, ...change }
      return
    }
    for (const path of [`${a}>${b}`, `${b}>${a}`]) {
      this.#shapes.set(path, { ...(this.#shapes.get(path) ?? this.#shape), ...change })
    }
  }

  /** Whether nodes hear each other name themselves from now on; at first they do. */
  multicast(isOn: boolean): void {
    this.#hasMulticast = isOn
  }

  /**
   * Everything on a host is gone at once. Its peers' connections break after `resetAfterMs` (default 1, as when a process dies);
   * Infinity is a loss of power: they find out by themselves. What starts on the host next is a new process with a new clock.
   */
  crash(name: string, options?: { readonly resetAfterMs?: number }): void {
    const host = this.host(name)
    const resetAfterMs = options?.resetAfterMs ?? 1
    host.clock.kill()
    host.inbox.length = 0
    for (const node of host.nodes) {
      for (const end of node.openEnds()) {
        this.#shut(end)
        if (resetAfterMs < Infinity) this.clock.after(resetAfterMs, () => this.#reset(end))
      }
      for (const address of node.addresses()) this.#listeners.delete(keyOf(address, host))
      node.killed()
    }
    host.nodes.clear()
    host.clock = processClock(this.clock)
    host.status = 'running'
    this.#review()
  }

  /** Stops a host as SIGSTOP does: nothing on it runs, what is sent to it waits. */
  pause(name: string): void {
    const host = this.host(name)
    host.status = 'paused'
    host.clock.pause()
    this.#review()
  }

  /** Undoes `pause`: first what waited arrives, in order. */
  resume(name: string): void {
    const host = this.host(name)
    if (host.status !== 'paused') return
    host.status = 'running'
    for (const arrive of host.inbox.splice(0)) this.clock.after(0, arrive)
    host.clock.resume()
    this.#review()
  }

  /** What went from `a` to `b` so far; without hosts, all of it. */
  traffic(a?: string, b?: string): Readonly<Traffic> {
    return a === undefined || b === undefined ? this.#traffic.total : this.#traffic.between(a, b)
  }

  /** What was gossiped so far in topics of this ending: `/membership`, or `/channel/` and a name. */
  gossiped(ending: string): Readonly<Traffic> {
    return this.#traffic.gossiped(ending)
  }

  /** @internal Returns false when an address is taken. */
  listen(node: MemoryNode): boolean {
    const addresses = node.addresses()
    if (addresses.some((address) => this.#listeners.has(keyOf(address, node.host)))) return false
    for (const address of addresses) this.#listeners.set(keyOf(address, node.host), node)
    node.host.nodes.add(node)
    return true
  }

  /** @internal Closes all wires of a node that stops, and frees its addresses. */
  leave(node: MemoryNode): void {
    for (const end of node.openEnds()) this.close(end)
    for (const address of node.addresses()) this.#listeners.delete(keyOf(address, node.host))
    node.host.nodes.delete(node)
  }

  /** @internal Names a node to all others that multicast reaches, now and from time to time. */
  announce(node: MemoryNode): void {
    const nodes = [...this.#hosts.values()].reduce((sum, host) => sum + host.nodes.size, 0)
    if (!node.host.nodes.has(node)) return
    node.host.clock.after(this.options.discoveryMs * Math.max(1, nodes / 8), () => this.announce(node))
    if (!this.#hasMulticast) return
    const addresses = node.addresses()
    for (const host of this.#hosts.values()) {
      for (const other of host.nodes) {
        if (other === node || !other.wantsDiscovery || !this.#isOpen(node.host, host)) continue
        this.clock.after(this.#delayMs(node.host, host), () => {
          if (host.status === 'running' && host.nodes.has(other)) other.discovered(node.self, addresses)
        })
      }
    }
  }

  /** @internal Dials; `done` is told the new wire, or who answered with the own key, or undefined. */
  dial(
    dialler: MemoryNode,
    peer: PeerId | undefined,
    address: string,
    done: (wire: WireEnd | 'self' | 'twin' | undefined) => void,
  ): void {
    const { connectTimeoutMs, handshakeMs } = this.options
    const { clock } = dialler.host
    const fail = (afterMs: number): unknown => clock.after(afterMs, () => done(undefined))
    const target = (): MemoryNode | undefined => this.#listeners.get(keyOf(address, dialler.host))
    const host = target()?.host ?? this.#hostAt(address, dialler.host)
    const roundTripMs = host === undefined ? 0 : this.#delayMs(dialler.host, host) + this.#delayMs(host, dialler.host)
    const isReachable = (): boolean =>
      host !== undefined && this.#isOpen(dialler.host, host) && this.#isOpen(host, dialler.host)
    const handshake = (): void => {
      const node = target()
      // A process that has ended since says nothing any more.
      if (node === undefined || !dialler.host.nodes.has(dialler)) return void fail(0)
      if (!isReachable() || node.host.status === 'paused') return void fail(connectTimeoutMs)
      if (node === dialler) return done('self')
      if (peer !== undefined && node.self !== peer) return void fail(0)
      if (!dialler.admits(node.self) || !node.admits(dialler.self)) return void fail(0)
      if (node.self === dialler.self) {
        dialler.twin(dialler.self, address)
        node.twin(node.self, dialler.addresses()[0] ?? '')
        return done('twin')
      }
      const [here, there] = [this.#rivals(dialler, node), this.#rivals(node, dialler)]
      if (here.length + there.length === 0) return connect(node)
      // One process of a peer is heard at a time: the first one, for as long as it answers.
      clock.after(answerMs, () => {
        const answers = (end: WireEnd): boolean => end.isOpen && this.#isAnswering(end)
        if (!dialler.host.nodes.has(dialler)) return done(undefined)
        if (here.some(answers)) dialler.twin(node.self, address)
        if (there.some(answers)) node.twin(dialler.self, dialler.addresses()[0] ?? '')
        if ([...here, ...there].some(answers)) return done(undefined)
        for (const end of [...here, ...there]) this.close(end)
        if (target() === node && node.host.status !== 'paused' && isReachable()) connect(node)
        else fail(connectTimeoutMs)
      })
    }
    const connect = (node: MemoryNode): void => {
      const wire = WireEnd.between(dialler, node, address, this.clock.now())
      node.accepted(wire.other)
      done(wire)
    }
    const knock = (isLast: boolean): void => {
      if (isReachable()) clock.after(roundTripMs + (target() === undefined ? 0 : roundTripMs + handshakeMs), handshake)
      else if (isLast) fail(Math.max(0, connectTimeoutMs - 1000))
      // As TCP asks again after a second.
      else clock.after(1000, () => knock(true))
    }
    knock(connectTimeoutMs <= 1000)
  }

  /** @internal Sends a parcel over a wire. */
  send(end: WireEnd, parcel: Parcel): void {
    if (!end.isOpen) return
    const from = end.owner.host
    const to = end.other.owner.host
    this.#traffic.add(end, parcel)
    if (end.held.length > 0 || !this.#isOpen(from, to)) {
      end.held.push(parcel)
      return
    }
    if (parcel.kind !== 'gossip') return this.#carry(end, parcel)
    const shape = this.#shapeOf(from, to)
    if (this.#isHit(shape.gossipLoss)) return
    if (this.#isHit(shape.gossipDuplicate)) this.#stray(end, parcel, shape)
    if (this.#isHit(shape.gossipReorder)) this.#stray(end, parcel, shape)
    else this.#carry(end, parcel)
  }

  #isHit(share: number): boolean {
    return share > 0 && this.random.fraction() < share
  }

  /** @internal Closes a wire from one end. */
  close(end: WireEnd): void {
    if (!end.isOpen) return
    this.#shut(end)
    this.#reset(end)
    end.owner.closed(end)
  }

  /** @internal A new wire may already be impaired. */
  watch(end: WireEnd): void {
    this.#reviewEnd(end)
  }

  #carry(end: WireEnd, parcel: Parcel): void {
    const now = this.clock.now()
    const arrivalMs = Math.max(end.lastArrivalMs, now + this.#delayMs(end.owner.host, end.other.owner.host))
    end.lastArrivalMs = arrivalMs
    this.clock.after(arrivalMs - now, () => this.#arrive(end, parcel))
  }

  #stray(end: WireEnd, parcel: Parcel, shape: PathShape): void {
    const delayMs = shape.latencyMs + this.random.fraction() * shape.reorderMs
    this.clock.after(delayMs, () => this.#arrive(end, parcel))
  }

  #arrive(end: WireEnd, parcel: Parcel): void {
    const { other } = end
    const host = other.owner.host
    if (end.isOpen && (end.held.length > 0 || !this.#isOpen(end.owner.host, host))) {
      end.held.push(parcel)
      return
    }
    if (host.status === 'paused') {
      host.inbox.push(() => this.#arrive(end, parcel))
      return
    }
    if (other.isOpen) other.owner.received(other, parcel)
    // Nobody knows this connection there any more.
    else if (end.isOpen) this.#reset(other)
  }

  /** Tells the other end that this one is closed, if the path lets it. */
  #reset(end: WireEnd): void {
    const [from, to] = [end.owner.host, end.other.owner.host]
    if (!this.#isOpen(from, to)) return
    const now = this.clock.now()
    const arrivalMs = Math.max(end.lastArrivalMs, now + this.#delayMs(from, to))
    const arrive = (): void => {
      if (to.status === 'paused') to.inbox.push(arrive)
      else if (end.other.isOpen) {
        this.#shut(end.other)
        end.other.owner.closed(end.other)
      }
    }
    this.clock.after(arrivalMs - now, arrive)
  }

  #shut(end: WireEnd): void {
    end.isOpen = false
    end.held = []
    end.giveUp?.()
    end.giveUp = undefined
  }

  #review(): void {
    for (const host of this.#hosts.values()) {
      for (const node of host.nodes) for (const end of node.openEnds()) this.#reviewEnd(end)
    }
  }

  #reviewEnd(end: WireEnd): void {
    const [here, there] = [end.owner.host, end.other.owner.host]
    if (this.#isOpen(here, there) && end.held.length > 0)
      for (const parcel of end.held.splice(0)) this.#carry(end, parcel)
    const isSilent =
      !this.#isOpen(here, there) || !this.#isOpen(there, here) || there.status === 'paused' || !end.other.isOpen
    if (!isSilent) {
      end.giveUp?.()
      end.giveUp = undefined
    } else if (end.giveUp === undefined && this.options.detectMs < Infinity) {
      const patienceMs = this.options.detectMs * (0.6 + 0.4 * this.random.fraction())
      end.giveUp = here.clock.after(patienceMs, () => this.close(end))
    }
  }

  /** Ends at which `node` hears another process with the key of `newcomer`. */
  #rivals(node: MemoryNode, newcomer: MemoryNode): WireEnd[] {
    return node.endsOf(newcomer.self).filter((end) => end.other.owner !== newcomer)
  }

  #isAnswering(end: WireEnd): boolean {
    const [here, there] = [end.owner.host, end.other.owner.host]
    const isRunning = end.other.isOpen && here.status === 'running' && there.status === 'running'
    return isRunning && this.#isOpen(here, there) && this.#isOpen(there, here)
  }

  #isOpen(from: MemoryHost, to: MemoryHost): boolean {
    if (from === to || (this.#groups.size === 0 && this.#cuts.size === 0)) return true
    if ((this.#groups.get(from.name) ?? 0) !== (this.#groups.get(to.name) ?? 0)) return false
    return this.#cuts.size === 0 || !this.#cuts.has(`${from.name}>${to.name}`)
  }

  #shapeOf(from: MemoryHost, to: MemoryHost): PathShape {
    return this.#shapes.size === 0 ? this.#shape : (this.#shapes.get(`${from.name}>${to.name}`) ?? this.#shape)
  }

  #delayMs(from: MemoryHost, to: MemoryHost): number {
    const shape = this.#shapeOf(from, to)
    return shape.latencyMs + (shape.jitterMs > 0 ? this.random.fraction() * shape.jitterMs : 0)
  }

  #hostAt(address: string, dialler: MemoryHost): MemoryHost | undefined {
    const ip = address.split('/')[2]
    if (ip?.startsWith('127.') === true) return dialler
    for (const host of this.#hosts.values()) if (host.ip === ip) return host
    return undefined
  }
}

/** A process that another one with its key comes beside is given so long to answer. */
const answerMs = 1000

/** Loopback addresses mean another place on each host. */
const keyOf = (address: string, host: MemoryHost): string =>
  address.startsWith('/ip4/127.') ? `${host.name}${address}` : address
