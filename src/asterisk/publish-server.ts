import type { Clock } from '../runtime/clock.ts'
import { eventPackages, parseBody, type Body, type EventPackage } from './body.ts'
import { InboundPublications } from './inbound-publications.ts'
import { readSeconds } from './sip/fields.ts'
import { headerOf, type SipAnswer, type SipRequest } from './sip/message.ts'

export interface PublishServerParts {
  readonly clock: Clock
  /** Letters that nobody can guess, for tags. */
  readonly token: () => string
  /** What a good PUBLISH said. */
  readonly take: (body: Body, eventPackage: EventPackage, isBeginning: boolean) => void
  readonly count: (name: string) => void
}

/** Where Expires is missing (RFC 3903 leaves it to us; Asterisk always says it). */
const usualExpiresS = 3600

const allow = { name: 'allow', value: 'PUBLISH, OPTIONS' }
const allowEvents = { name: 'allow-events', value: eventPackages.join(', ') }

/**
 * Serves the local Asterisk's requests. Every one is answered at once and never challenged: Asterisk gives up for good where it is, and
 * throws a message away that is answered with a failure.
 */
export class PublishServer {
  readonly #parts: PublishServerParts
  readonly #publications: ReadonlyMap<string, InboundPublications>

  constructor(parts: PublishServerParts) {
    this.#parts = parts
    this.#publications = new Map(
      eventPackages.map((name) => [name, new InboundPublications(parts.clock, parts.token())]),
    )
  }

  /** How many publications Asterisk has here. */
  get publications(): number {
    return [...this.#publications.values()].reduce((sum, { size }) => sum + size, 0)
  }

  serve(request: SipRequest): SipAnswer {
    const required = headerOf(request, 'require')
    if (required !== undefined && required !== '') {
      return this.#refuse(420, 'required_extension', { name: 'unsupported', value: required })
    }
    if (request.method === 'PUBLISH') return this.#publish(request)
    if (request.method === 'OPTIONS') return { status: 200, headers: [allow, allowEvents] }
    if (request.method === 'CANCEL') return this.#refuse(481, 'cancel')
    return this.#refuse(405, 'method', allow)
  }

  #publish(request: SipRequest): SipAnswer {
    const event = headerOf(request, 'event')?.split(';', 1)[0]?.trim()
    const eventPackage = eventPackages.find((name) => name === event)
    const publications = this.#publications.get(event ?? '')
    if (eventPackage === undefined || publications === undefined) return this.#refuse(489, 'event', allowEvents)
    const body = this.#bodyOf(request, eventPackage)
    if (body !== undefined && 'status' in body) return body
    const expiresS = readSeconds(headerOf(request, 'expires') ?? '') ?? usualExpiresS
    const tag = headerOf(request, 'sip-if-match')
    const step = publications.take({ tag, expiresS, hasBody: body !== undefined })
    if (step.kind === 'unknown-tag') return this.#refuse(412, 'unknown_tag')
    this.#parts.count(`in_${step.kind}`)
    const expires = { name: 'expires', value: String(expiresS) }
    const headers = [{ name: 'sip-etag', value: step.tag }, expires]
    const { take } = this.#parts
    return {
      status: 200,
      headers,
      ...(body === undefined ? {} : { act: () => take(body, eventPackage, step.isBeginning) }),
    }
  }

  #bodyOf(request: SipRequest, eventPackage: EventPackage): Body | SipAnswer | undefined {
    if (request.body === '') return undefined
    const type = headerOf(request, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase()
    if (type !== 'application/json') {
      return this.#refuse(415, 'content_type', { name: 'accept', value: 'application/json' })
    }
    const read = parseBody(eventPackage, request.body)
    return read.ok ? read.value : this.#refuse(400, read.reason.replaceAll('-', '_'))
  }

  #refuse(status: number, reason: string, ...headers: NonNullable<SipAnswer['headers']>): SipAnswer {
    this.#parts.count(`in_refused_${reason}`)
    return { status, headers }
  }
}
