import type { Cancel } from '../runtime/clock.ts'
import { formatBody, type Body, type EventPackage } from './body.ts'
import { answerChallenge, type Credentials } from './sip/digest.ts'
import type { Outcome, RequestDraft } from './sip/endpoint.ts'
import { readSeconds } from './sip/fields.ts'
import { headerOf, type SipHeader, type SipResponse } from './sip/message.ts'

export interface PublicationParts {
  readonly eventPackage: EventPackage
  /** Request URI, and From and To: `sip:lampfield@127.0.0.1:5060`. */
  readonly uri: string
  readonly expiresS: number
  readonly credentials: Credentials | undefined
  readonly token: () => string
  readonly request: (draft: RequestDraft, done: (outcome: Outcome) => void) => Cancel
  readonly count: (name: string) => void
}

/** What became of one body. */
export type Delivery =
  | { readonly kind: 'done' }
  /** Not taken; worth another try, not before this time where one was named. */
  | { readonly kind: 'again'; readonly reason: string; readonly afterS: number | undefined }
  /** Not taken, and probably never: the body itself, or how it was answered, is to blame. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** Nobody answered. */
  | { readonly kind: 'silence'; readonly reason: string }

/** More is asked for by nobody who means it, and a number that large overflows in Asterisk. */
const expiresMaxS = 86_400

/** Why Asterisk says no, with the remedy where there is one that people can take. */
const remedies: Readonly<Record<number, string>> = {
  401: 'Asterisk wants credentials: set username and password in [asterisk], as in its auth section',
  403: 'its inbound-publication allows another endpoint: load what `lampfield asterisk config` prints',
  404: 'it has no inbound-publication of this name: load what `lampfield asterisk config` prints',
  407: 'Asterisk wants credentials: set username and password in [asterisk], as in its auth section',
  489: 'it does not know the event package: load its module res_pjsip_publish_asterisk.so',
}

/** One publication at the local Asterisk (RFC 3903, section 4): at most one request on its way, since each answer brings the next tag. */
export class Publication {
  readonly #parts: PublicationParts
  #tag: string | undefined
  #callId: string
  #fromTag: string
  #sequence = 0
  #expiresS: number
  #challenge: { readonly text: string; readonly isProxy: boolean; uses: number } | undefined
  #cancel: Cancel | undefined

  constructor(parts: PublicationParts) {
    this.#parts = parts
    this.#expiresS = parts.expiresS
    this.#callId = parts.token()
    this.#fromTag = parts.token()
  }

  get isBusy(): boolean {
    return this.#cancel !== undefined
  }

  /** Whether Asterisk holds it, as far as is known. The first tag of a fresh Asterisk is the text `0`. */
  get isOpen(): boolean {
    return this.#tag !== undefined
  }

  /** Says something. */
  send(body: Body, done: (delivery: Delivery) => void): void {
    this.#request(formatBody(body), done, { retries: 3 })
  }

  /** Keeps an open publication open: a request without a body. */
  refresh(done: (delivery: Delivery) => void): void {
    this.#request('', done, { retries: 1 })
  }

  /** Ends an open publication. */
  remove(done: (delivery: Delivery) => void): void {
    const before = this.#expiresS
    this.#expiresS = 0
    this.#request('', done, { retries: 1 })
    this.#expiresS = before
  }

  /**
   * Forgets the tag, and what is on its way. After a restart of Asterisk the old tag may be the new one of somebody else's publication:
   * its tags are small numbers from one counter.
   */
  discard(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#forgetTag()
  }

  #forgetTag(): void {
    this.#tag = undefined
    this.#callId = this.#parts.token()
  }

  #request(text: string, done: (delivery: Delivery) => void, { retries }: { readonly retries: number }): void {
    this.#sequence += 1
    const draft = { method: 'PUBLISH', uri: this.#parts.uri, headers: this.#headers(text), body: text }
    this.#cancel = this.#parts.request(draft, (outcome) => {
      this.#cancel = undefined
      if (outcome.kind === 'response') this.#take(outcome.response, text, done, retries)
      else {
        this.#forgetTag()
        const reason = outcome.kind === 'timeout' ? 'Asterisk did not answer' : 'the stream to Asterisk broke'
        done({ kind: 'silence', reason })
      }
    })
  }

  #take(response: SipResponse, text: string, done: (delivery: Delivery) => void, retries: number): void {
    const { status } = response
    this.#parts.count(`out_answer_${status}`)
    if (status < 300) {
      this.#tag = headerOf(response, 'sip-etag')
      done({ kind: 'done' })
    } else if (retries > 0 && this.#repair(response)) {
      // A refresh of what is gone has nothing to say; the next body begins a new publication.
      if (text === '' && this.#tag === undefined) done({ kind: 'done' })
      else this.#request(text, done, { retries: retries - 1 })
    } else done(this.#failure(response))
  }

  /** Mends what the answer complains of; false where it is not to be mended by asking again. */
  #repair(response: SipResponse): boolean {
    switch (response.status) {
      case 412:
        this.#forgetTag()
        return true
      case 423: {
        const least = readSeconds(headerOf(response, 'min-expires') ?? '') ?? 0
        if (least <= this.#expiresS || least > expiresMaxS) return false
        this.#expiresS = least
        return true
      }
      case 401:
      case 407:
        return this.#learnChallenge(response)
      default:
        return false
    }
  }

  #learnChallenge(response: SipResponse): boolean {
    const isProxy = response.status === 407
    const name = isProxy ? 'proxy-authenticate' : 'www-authenticate'
    if (this.#parts.credentials === undefined) return false
    for (const header of response.headers) {
      if (header.name !== name || this.#authorization(header.value, 1) === undefined) continue
      // The same challenge again means that the credentials are wrong, unless it says that the nonce is only stale.
      if (this.#challenge?.uses === 1 && !/stale\s*=\s*"?true/i.test(header.value)) {
        this.#challenge = undefined
        return false
      }
      this.#challenge = { text: header.value, isProxy, uses: 0 }
      return true
    }
    return false
  }

  #authorization(challenge: string, uses: number): string | undefined {
    const { credentials, token, uri } = this.#parts
    if (credentials === undefined) return undefined
    return answerChallenge(challenge, { method: 'PUBLISH', uri, credentials, cnonce: token(), uses })
  }

  #failure(response: SipResponse): Delivery {
    const { status, reason } = response
    const remedy = remedies[status]
    const text = `Asterisk answered ${status} ${reason}${remedy === undefined ? '' : `: ${remedy}`}`
    // A request that was refused may have used its tag up.
    this.#forgetTag()
    if (status === 400 || status === 413 || status === 415) return { kind: 'refused', reason: text }
    const afterS = readSeconds((headerOf(response, 'retry-after') ?? '').split(/[ ;(]/, 1)[0] ?? '')
    return { kind: status === 500 ? 'refused' : 'again', reason: text, afterS }
  }

  #headers(text: string): SipHeader[] {
    const { uri, eventPackage } = this.#parts
    const challenge = this.#challenge
    const headers = [
      { name: 'from', value: `<${uri}>;tag=${this.#fromTag}` },
      { name: 'to', value: `<${uri}>` },
      { name: 'call-id', value: this.#callId },
      { name: 'cseq', value: `${this.#sequence} PUBLISH` },
      { name: 'event', value: eventPackage },
      { name: 'expires', value: String(this.#expiresS) },
    ]
    if (this.#tag !== undefined) headers.push({ name: 'sip-if-match', value: this.#tag })
    if (challenge !== undefined) {
      challenge.uses += 1
      const value = this.#authorization(challenge.text, challenge.uses) ?? ''
      headers.push({ name: challenge.isProxy ? 'proxy-authorization' : 'authorization', value })
    }
    if (text !== '') headers.push({ name: 'content-type', value: 'application/json' })
    return headers
  }
}
