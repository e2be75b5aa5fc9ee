import type { Cancel, Clock } from '../../runtime/clock.ts'
import type { Random } from '../../runtime/random.ts'
import { ClientTransaction } from './client-transaction.ts'
import { formatMessage } from './format.ts'
import { sipLimits } from './limits.ts'
import {
  headerOf,
  responseTo,
  type SipAnswer,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from './message.ts'
import { parseMessage, type Transaction } from './parse.ts'
import { ServerMemory, unanswered } from './server-memory.ts'
import type { Origin, Place, Transport, Wire } from './wire.ts'

export interface EndpointParts {
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  /** What stands in Via: where responses are to be sent. */
  readonly local: Place
  readonly remote: Place
  readonly transport: Transport
  /** Whether something from there is listened to at all. */
  readonly isPeer: (place: Place) => boolean
  /** Serves a request. Over UDP it is called once for each, however often it comes. */
  readonly serve: (request: SipRequest) => SipAnswer
  /** Something was heard of the peer. */
  readonly heard: () => void
  readonly count: (name: string) => void
}

/** What became of a request. */
export type Outcome =
  | { readonly kind: 'response'; readonly response: SipResponse }
  /** Timer F: nothing came. */
  | { readonly kind: 'timeout' }
  /** The stream was refused or broke. */
  | { readonly kind: 'lost' }

/** A request without what the endpoint puts in: Via, Max-Forwards, Content-Length. */
export interface RequestDraft {
  readonly method: string
  readonly uri: string
  readonly headers: readonly SipHeader[]
  readonly body: string
}

interface Pending {
  readonly method: string
  readonly transaction: ClientTransaction
  readonly done: (outcome: Outcome) => void
}

/**
 * Where no request was served for so long, the next one is acted on before it is answered: a lone change is on its way sooner, and nobody waits
 * behind it. Milliseconds. In a row of requests each waits for the answer to the one before, so there the answer goes first.
 */
const quietMs = 5

/** The magic cookie that begins each branch (RFC 3261, section 8.1.1.7). */
const branchCookie = 'z9hG4bK'

/** Requests out and in, with their transactions. */
export class Endpoint {
  readonly #parts: EndpointParts
  readonly #pending = new Map<string, Pending>()
  readonly #memory: ServerMemory
  /** What every branch begins with, and what stands before it in Via. */
  readonly #branch: string
  readonly #via: string
  #lastBranch = 0
  #servedMs = Number.NEGATIVE_INFINITY

  constructor(parts: EndpointParts) {
    this.#parts = parts
    this.#memory = new ServerMemory(parts.clock)
    const { transport, local } = parts
    const run = this.token()
    this.#branch = `${branchCookie}${run}.`
    this.#via = `SIP/2.0/${transport.toUpperCase()} ${placeText(local)};rport;branch=`
  }

  /** Letters that nobody can guess: for tags and identifiers. */
  token(): string {
    const { random } = this.#parts
    return random.uint32().toString(16).padStart(8, '0') + random.uint32().toString(16).padStart(8, '0')
  }

  async start(): Promise<void> {
    await this.#parts.wire.start({
      accepts: (place) => this.#parts.isPeer(place),
      received: (data, origin) => this.#receive(data, origin),
      lost: () => this.#lose(),
      dropped: (reason) => this.#refuse(reason),
    })
  }

  async stop(): Promise<void> {
    for (const { transaction } of this.#pending.values()) transaction.end()
    this.#pending.clear()
    await this.#parts.wire.stop()
  }

  /** How many requests are on their way. */
  get pending(): number {
    return this.#pending.size
  }

  /** Sends a request and tells once what became of it. Cancelling forgets it without a word. */
  request(draft: RequestDraft, done: (outcome: Outcome) => void): Cancel {
    const { wire, clock, transport, remote } = this.#parts
    if (this.#pending.size >= sipLimits.requestsMax) {
      return clock.after(0, () => done({ kind: 'lost' }))
    }
    this.#lastBranch += 1
    const branch = `${this.#branch}${this.#lastBranch.toString(36)}`
    const via = { name: 'via', value: `${this.#via}${branch}` }
    const headers = [via, { name: 'max-forwards', value: '70' }, ...draft.headers]
    const bytes = formatMessage({ kind: 'request', ...draft, headers })
    const transaction = new ClientTransaction({
      clock,
      transport,
      send: () => wire.send(bytes, transport, remote),
      timeout: () => this.#finish(branch, { kind: 'timeout' }),
    })
    this.#pending.set(branch, { method: draft.method, transaction, done })
    return () => {
      transaction.end()
      this.#pending.delete(branch)
    }
  }

  #finish(branch: string, outcome: Outcome): void {
    const pending = this.#pending.get(branch)
    if (pending === undefined) return
    pending.transaction.end()
    this.#pending.delete(branch)
    pending.done(outcome)
  }

  #lose(): void {
    if (this.#parts.transport === 'udp') return
    // Whoever hears of it may send anew, which is not lost.
    const lost = [...this.#pending.keys()]
    for (const branch of lost) this.#finish(branch, { kind: 'lost' })
  }

  #receive(data: Uint8Array, origin: Origin): void {
    if (!this.#parts.isPeer(origin)) {
      this.#refuse('foreign-address')
      return
    }
    this.#parts.heard()
    // Line ends alone are a keep-alive (RFC 5626): nothing to read.
    if (data.length <= 4 && data.every((byte) => byte === 13 || byte === 10 || byte === 0)) return
    const reading = parseMessage(data, origin.transport)
    if (reading.ok) this.#take(reading.value, reading.transaction, origin)
    else {
      this.#refuse(reading.reason)
      if (reading.request !== undefined) this.#answer(reading.request, { status: reading.status ?? 400 }, origin)
    }
  }

  #take(message: SipMessage, transaction: Transaction, origin: Origin): void {
    if (message.kind === 'response') this.#response(message, transaction)
    else this.#request(message, transaction, origin)
  }

  #response(response: SipResponse, { via: { branch = '' }, cseq }: Transaction): void {
    const pending = this.#pending.get(branch)
    // Responses that come again, or to what was given up: nothing waits for them.
    if (pending === undefined || cseq.method !== pending.method) {
      this.#parts.count('sip_stray_responses')
    } else if (response.status < 200) pending.transaction.provisional()
    else this.#finish(branch, { kind: 'response', response })
  }

  #request(request: SipRequest, transaction: Transaction, origin: Origin): void {
    if (request.method === 'ACK') return
    const key = origin.transport === 'udp' ? transactionKey(request, transaction, origin) : undefined
    const known = key === undefined ? undefined : this.#memory.recall(key)
    if (known !== undefined) {
      this.#parts.count('sip_requests_again')
      if (known !== unanswered) this.#parts.wire.reply(known, origin)
      return
    }
    const { clock, serve } = this.#parts
    const now = clock.now()
    const isQuiet = now - this.#servedMs > quietMs
    this.#servedMs = now
    const answer = serve(request)
    const reply = (): void => {
      const bytes = this.#answer(request, answer, origin)
      if (key !== undefined) this.#memory.keep(key, bytes)
    }
    if (isQuiet && answer.act !== undefined) {
      if (key !== undefined) this.#memory.keep(key, unanswered)
      answer.act()
      // What the act has put off to the end of this turn comes before.
      clock.after(0, reply)
    } else {
      reply()
      answer.act?.()
    }
  }

  #answer(request: SipRequest, answer: SipAnswer, origin: Origin): Uint8Array {
    const tag = this.token()
    const bytes = formatMessage(seenFrom(responseTo(request, answer, tag), origin))
    this.#parts.wire.reply(bytes, origin)
    return bytes
  }

  #refuse(reason: string): void {
    this.#parts.count(`sip_refused_${reason.replaceAll('-', '_')}`)
  }
}

/** Notes in the topmost Via where the request came from (RFC 3261, section 18.2.1; RFC 3581). */
function seenFrom(response: SipResponse, { host, port }: Origin): SipResponse {
  const at = response.headers.findIndex(({ name }) => name === 'via')
  const via = response.headers[at]
  if (via === undefined) return response
  const value = `${via.value.replace(/;\s*rport(?=\s*(;|,|$))/i, `;rport=${port}`)};received=${host}`
  return { ...response, headers: response.headers.with(at, { name: 'via', value }) }
}

/** What makes two requests one (RFC 3261, section 17.2.3); older clients without the cookie are told apart by all that names a request. */
function transactionKey(request: SipRequest, { via }: Transaction, { host, port }: Origin): string {
  const branch = via.branch?.startsWith(branchCookie) === true ? via.branch : headerOf(request, 'from')
  const call = `${headerOf(request, 'call-id')} ${headerOf(request, 'cseq')}`
  return `${host}:${port} ${request.method} ${via.sentBy} ${branch} ${call}`
}

export const placeText = ({ host, port }: Place): string => `${host.includes(':') ? `[${host}]` : host}:${port}`
