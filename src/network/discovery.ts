import type { Cancel, Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Libp2pParts } from './libp2p-node.ts'
import { answerReader, answersOf, type Found } from './mdns-records.ts'
import { openMulticast, type MulticastSocket, type PacketRefusal } from './multicast-socket.ts'
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
  readonly found: Found
}

/** Nothing heard of the own service for so long, own questions included: multicast does not work here. */
const silenceMs = 5000

/** Answers are that far apart, however many ask: whoever asks without end must not make every node on the network shout. */
const answerEveryMs = 250

/** A socket opened while there was no route stays deaf; a new one is tried so often. */
const reopenEveryMs = 30_000

/**
 * Finds peers on the local network by multicast DNS, with libp2p's module and its messages.
 *
 * Four habits of that module are got round. libp2p reports a peer once only; the module's own 'peer' event comes with every answer and is used here. It
 * answers with private addresses only, so that hosts with public ones would not find each other; so the answers, of the same form, are given here. It opens
 * its socket where nothing can be bounded (`multicast-socket.ts`). And every node asking at a fixed interval costs N^3 messages a round: here a node leaves it
 * at another's question, since all hear all answers, and asks less often the more peers answer (`query-plan.ts`).
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
    const { parts, serviceTag, clock, log, refused } = this.#options
    const socket = openMulticast(clock, refused)
    socket.on(
      'response',
      answerReader(serviceTag, this.#name, parts, (...found) => this.#answered(...found)),
    )
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

  #answered(peer: PeerId, addresses: readonly string[]): void {
    if (this.#isStopped) return
    this.#hasHeard = true
    this.#plan.answered(peer, this.#options.clock.now())
    this.#options.found(peer, addresses)
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
