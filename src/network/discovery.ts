import './node20.ts'
import { multiaddr } from '@multiformats/multiaddr'
import { limits } from '../protocol/limits.ts'
import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'
import { hostOf, isLoopbackHost } from './address.ts'
import { addressText, type Libp2pParts } from './libp2p-node.ts'
import {
  openMulticast,
  type DnsPacket,
  type DnsRecord,
  type MulticastSocket,
  type PacketRefusal,
} from './multicast-socket.ts'
import { QueryPlan } from './query-plan.ts'

export interface DiscoveryOptions {
  readonly parts: Libp2pParts
  /** What the nodes of one cluster ask for and answer to, as `lf-0123456789abcdef._tcp.local`. */
  readonly serviceTag: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** A packet was not read. */
  readonly refused: (reason: PacketRefusal, host: string) => void
  /** Called for each answer of each peer, every time. */
  readonly found: (peer: PeerId, addresses: readonly string[]) => void
}

/** In seconds, as libp2p's module says. */
const recordTtl = 120

/** A text record carries no more (RFC 6763, section 6.1). */
const recordMaxBytes = 255

/** Nothing heard of the own service for so long, own questions included: multicast does not work here. */
const silenceMs = 5000

/** Answers are that far apart, however many ask: whoever asks without end must not make every node on the network shout. */
const answerEveryMs = 250

/** A socket opened while there was no route stays deaf; a new one is tried so often. */
const reopenEveryMs = 30_000

/**
 * Finds peers on the local network by multicast DNS, with the messages of libp2p's module, which is not used itself.
 *
 * It reports a peer once only, answers with private addresses only, so that hosts with public ones would not find each other, opens its socket where
 * nothing can be bounded, and has every node ask at a fixed interval, which costs N^3 messages a round: here a node leaves it at another's question, since
 * all hear all answers, and asks less often the more peers answer (`query-plan.ts`).
 */
export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #plan: QueryPlan
  #socket: MulticastSocket | undefined
  #cancelQuery: Cancel = () => {}
  #cancelSilence: Cancel = () => {}
  #cancelAnswer: Cancel = () => {}
  #isAnswering = false
  #answeredMs = Number.NEGATIVE_INFINITY
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

  #then(step: () => Promise<void> | void): void {
    this.#work = this.#work.then(step).catch((error: unknown) => {
      this.#options.log.warn('multicast discovery failed', { error: String(error) })
    })
  }

  #open(): void {
    if (this.#isStopped) return
    const { serviceTag, clock, log, refused } = this.#options
    const socket = openMulticast(clock, refused)
    socket.on('response', (packet) => this.#answered(packet))
    socket.on('query', (packet) => {
      if (packet.questions?.[0]?.name !== serviceTag) return
      this.#asked()
      this.#answer(socket)
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
    this.#ask(serviceTag)
    this.#plan.hurry(clock.now())
    this.#arm()
    this.#cancelSilence = clock.after(silenceMs, () => this.#listenedInVain())
  }

  async #close(): Promise<void> {
    this.#cancelQuery()
    this.#cancelSilence()
    this.#cancelAnswer()
    this.#isAnswering = false
    const socket = this.#socket
    this.#socket = undefined
    await new Promise<void>((resolve) => {
      if (socket === undefined) resolve()
      else socket.destroy(resolve)
    })
  }

  #arm(): void {
    this.#cancelQuery()
    if (this.#socket === undefined) return
    const { clock, serviceTag } = this.#options
    const now = clock.now()
    this.#cancelQuery = clock.after(this.#plan.nextMs(now) - now, () => {
      this.#ask(serviceTag)
      // Own questions come back to this socket; where they do not, this one counts all the same.
      this.#plan.asked(clock.now())
      this.#arm()
    })
  }

  #ask(serviceTag: string): void {
    this.#socket?.query({ questions: [{ name: serviceTag, type: 'PTR' }] })
  }

  #asked(): void {
    this.#hasHeard = true
    this.#plan.asked(this.#options.clock.now())
    this.#arm()
  }

  #answered(packet: DnsPacket): void {
    const answer = readAnswer(packet, this.#options.serviceTag, this.#name)
    if (answer === undefined || this.#isStopped) return
    this.#hasHeard = true
    this.#plan.answered(answer.peer, this.#options.clock.now())
    this.#options.found(answer.peer, answer.addresses)
  }

  /** Everybody hears an answer, so questions that come while one is due have it, too. */
  #answer(socket: MulticastSocket): void {
    const { clock, parts, serviceTag } = this.#options
    if (this.#isAnswering) return
    this.#isAnswering = true
    const dueMs = Math.max(0, this.#answeredMs + answerEveryMs - clock.now())
    this.#cancelAnswer = clock.after(dueMs, () => {
      this.#isAnswering = false
      this.#answeredMs = clock.now()
      socket.respond(answersOf(this.#name, serviceTag, parts))
    })
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

/** Whom an answer names, and where; undefined where it names nobody of our kind, or the own records. Anybody on the network can send one. */
export function readAnswer(
  packet: DnsPacket,
  serviceTag: string,
  ownName: string,
): { readonly peer: PeerId; readonly addresses: readonly string[] } | undefined {
  const pointer = packet.answers?.findLast(({ type }) => type === 'PTR')
  if (pointer?.name !== serviceTag || String(pointer.data).startsWith(ownName)) return undefined
  const records = [...(packet.answers ?? []), ...(packet.additionals ?? [])]
  const texts = records.filter(({ type }) => type === 'TXT').flatMap(({ data }) => data)
  const named = texts.map(String).filter((text) => text.startsWith(addressMark))
  try {
    const addresses = named.slice(0, limits.addressesMax).map((text) => multiaddr(text.slice(addressMark.length)))
    const publicKey = publicKeyOf(addresses[0]?.getPeerId() ?? '')
    return publicKey === undefined ? undefined : { peer: peerIdOf(publicKey), addresses: addresses.map(addressText) }
  } catch {
    // Text that is no address.
    return undefined
  }
}

const addressMark = 'dnsaddr='

/** What a node says of itself to everybody on the network: where it can be reached, and by whom. */
export function answersOf(name: string, serviceTag: string, parts: Pick<Libp2pParts, 'addressManager'>): DnsRecord[] {
  const record = (type: 'PTR' | 'TXT', owner: string, data: string): DnsRecord => ({
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
  const named = (outer.length > 0 ? outer : addresses).map((address) => `${addressMark}${address.toString()}`)
  const fitting = named.filter((data) => data.length <= recordMaxBytes)
  return [record('PTR', serviceTag, label), ...fitting.map((data) => record('TXT', label, data))]
}
