import './node20.ts'
import type { PeerInfo } from '@libp2p/interface'
import { mdns } from '@libp2p/mdns'
import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { PeerId } from '../state/peer-id.ts'
import { hostOf, isLoopbackHost } from './address.ts'
import { addressText, ourPeerId, type Libp2pParts } from './libp2p-node.ts'
import { QueryPlan } from './query-plan.ts'

export interface DiscoveryOptions {
  readonly parts: Libp2pParts
  /** What the nodes of one cluster ask for and answer to, as `lf-0123456789abcdef._tcp.local`. */
  readonly serviceTag: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Called for each answer of each peer, every time. */
  readonly found: (peer: PeerId, addresses: readonly string[]) => void
}

/** What is used of the `multicast-dns` socket inside libp2p's module. */
interface MulticastSocket {
  on(event: 'query', listener: (packet: { readonly questions?: readonly { readonly name: string }[] }) => void): void
  on(event: 'error' | 'warning', listener: (error: Error) => void): void
  query(packet: { readonly questions: readonly { readonly name: string; readonly type: 'PTR' }[] }): void
  respond(answers: readonly DnsRecord[]): void
}

interface DnsRecord {
  readonly name: string
  readonly type: 'PTR' | 'TXT'
  readonly class: 'IN'
  readonly ttl: number
  readonly data: string
}

/** In seconds, as libp2p's module says. */
const recordTtl = 120

/** A text record carries no more (RFC 6763, section 6.1). */
const recordMaxBytes = 255

/** libp2p's module would ask at a fixed interval; this is the longest a timer can wait, so that it asks once, at its start. */
const never = 2 ** 31 - 1

/** Nothing heard of the own service for so long, own questions included: multicast does not work here. */
const silenceMs = 5000

/** A socket opened while there was no route stays deaf; a new one is tried so often. */
const reopenEveryMs = 30_000

/**
 * Finds peers on the local network by multicast DNS, with libp2p's module and its messages.
 *
 * Three habits of that module are got round. libp2p reports a peer once only; the module's own 'peer' event comes with every answer and is
 * used here. It answers with private addresses only, so that hosts with public ones would not find each other; so the answers, of the same
 * form, are given here. And every node asking at a fixed interval costs N^3 messages a round: here a node leaves it at another's question, since all hear
 * all answers, and asks less often the more peers answer (`query-plan.ts`).
 */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #plan: QueryPlan
  #module: ReturnType<ReturnType<typeof mdns>> | undefined
  #socket: MulticastSocket | undefined
  #cancelQuery: Cancel = () => {}
  #cancelSilence: Cancel = () => {}
  #hasHeard = false
  #hasWarned = false
  #isStopped = false
  /** Names this node's records; the module passes over answers that begin with it. */
  readonly #name: string
  #work: Promise<void> = Promise.resolve()

  constructor(options: DiscoveryOptions) {
    this.#options = options
    this.#plan = new QueryPlan(options.random)
    this.#name = Array.from({ length: 4 }, () => options.random.uint32().toString(16).padStart(8, '0')).join('')
  }

  start(): void {
    this.#then(() => this.#open())
  }

  /** Resolves when the socket is closed. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#then(() => this.#close())
    await this.#work
  }

  /** A peer is missing: ask soon, and often for a while. */
  hurry(): void {
    this.#plan.hurry(this.#options.clock.now())
    this.#arm()
  }

  /** Interfaces came or went: only a new socket joins them all again. */
  reopen(): void {
    this.#then(() => this.#close())
    this.#then(() => this.#open())
  }

  #then(step: () => Promise<void>): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#options.log.warn('multicast discovery failed', { error: String(error) })
    })
  }

  async #open(): Promise<void> {
    if (this.#isStopped) return
    const { parts, serviceTag, clock, log } = this.#options
    const module = mdns({ serviceTag, interval: never, peerName: this.#name, broadcast: false })({
      // Its own type names libp2p's whole address manager; it only ever asks for the addresses.
      addressManager: parts.addressManager,
      logger: parts.logger,
    } as Parameters<ReturnType<typeof mdns>>[0])
    module.addEventListener('peer', (event) => this.#answered(event.detail))
    this.#module = module
    await (module as unknown as { start(): Promise<void> }).start()
    const socket = (module as unknown as { readonly mdns?: MulticastSocket }).mdns
    if (socket === undefined) throw new Error('the module opened no socket')
    socket.on('query', (packet) => {
      if (packet.questions?.[0]?.name !== serviceTag) return
      this.#asked()
      socket.respond(answersOf(this.#name, serviceTag, parts))
    })
    const complain = (error: Error): void => log.debug('multicast socket', { error: String(error) })
    socket.on('error', (error) => {
      // Port 5353 is closed to this user, or another program keeps it to itself.
      log.warn('multicast discovery cannot open its port', { error: String(error) })
      this.#hasWarned = true
    })
    socket.on('warning', complain)
    this.#socket = socket
    this.#hasHeard = false
    this.#plan.hurry(clock.now())
    this.#arm()
    this.#cancelSilence = clock.after(silenceMs, () => this.#listenedInVain())
  }

  async #close(): Promise<void> {
    this.#cancelQuery()
    this.#cancelSilence()
    this.#socket = undefined
    const module = this.#module as unknown as { stop(): Promise<void> } | undefined
    this.#module = undefined
    await module?.stop()
  }

  #arm(): void {
    this.#cancelQuery()
    if (this.#socket === undefined) return
    const { clock, serviceTag } = this.#options
    const now = clock.now()
    this.#cancelQuery = clock.after(this.#plan.nextMs(now) - now, () => {
      this.#socket?.query({ questions: [{ name: serviceTag, type: 'PTR' }] })
      // Own questions come back to this socket; where they do not, this one counts all the same.
      this.#plan.asked(clock.now())
      this.#arm()
    })
  }

  #asked(): void {
    this.#hasHeard = true
    this.#plan.asked(this.#options.clock.now())
    this.#arm()
  }

  #answered(info: PeerInfo): void {
    this.#hasHeard = true
    const peer = ourPeerId(info.id)
    if (peer === undefined || this.#isStopped) return
    this.#plan.answered(peer, this.#options.clock.now())
    this.#options.found(peer, info.multiaddrs.map(addressText))
  }

  #listenedInVain(): void {
    if (this.#hasHeard) return
    const { clock, log } = this.#options
    if (!this.#hasWarned) {
      this.#hasWarned = true
      log.warn(
        'multicast does not work here, so no peers can be found by it. Give the network a route for it, ' +
          'as with `ip route add 224.0.0.0/4 dev eth0`, or name the peers by address (--peer).',
      )
    }
    this.#cancelSilence = clock.after(reopenEveryMs, () => this.reopen())
  }
}

function answersOf(name: string, serviceTag: string, parts: Libp2pParts): DnsRecord[] {
  const record = (type: DnsRecord['type'], owner: string, data: string): DnsRecord => ({
    name: owner,
    type,
    class: 'IN',
    ttl: recordTtl,
    data,
  })
  const label = `${name}.${serviceTag}`
  const addresses = parts.addressManager.getAddresses()
  const outer = addresses.filter((address) => !isLoopbackHost(hostOf(addressText(address)) ?? ''))
  // Loopback means something else to whoever hears it; it is named only where there is nothing else.
  const named = (outer.length > 0 ? outer : addresses).map((address) => `dnsaddr=${address.toString()}`)
  const fitting = named.filter((data) => data.length <= recordMaxBytes)
  return [record('PTR', serviceTag, label), ...fitting.map((data) => record('TXT', label, data))]
}
