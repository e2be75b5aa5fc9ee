/** A header field. The name is in lower case and in its long form: `call-id`, never `Call-ID` or `i`. */
export interface SipHeader {
  readonly name: string
  readonly value: string
}

export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  readonly uri: string
  readonly headers: readonly SipHeader[]
  readonly body: string
}

export interface SipResponse {
  readonly kind: 'response'
  /** 100 to 699. */
  readonly status: number
  readonly reason: string
  readonly headers: readonly SipHeader[]
  readonly body: string
}

export type SipMessage = SipRequest | SipResponse

/** The first header of a name, which is given in lower case. */
export function headerOf(message: SipMessage, name: string): string | undefined {
  for (const header of message.headers) if (header.name === name) return header.value
  return undefined
}

/** What a request is answered with: everything that does not follow from the request itself. */
export interface SipAnswer {
  readonly status: number
  readonly headers?: readonly SipHeader[]
  /** What is to be done about the request: before it is answered where that makes nobody wait, else after. */
  readonly act?: () => void
}

/** Reason phrases of the answers that are given here (RFC 3261, section 21; RFC 3903, section 11.2; RFC 6665). */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  405: 'Method Not Allowed',
  412: 'Conditional Request Failed',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  420: 'Bad Extension',
  481: 'Call/Transaction Does Not Exist',
  483: 'Too Many Hops',
  489: 'Bad Event',
  500: 'Server Internal Error',
  503: 'Service Unavailable',
  505: 'Version Not Supported',
}

/** The response to a request (RFC 3261, section 8.2.6): Via, From, To with a tag, Call-ID and CSeq are the request's. */
export function responseTo(request: SipRequest, { status, headers = [] }: SipAnswer, tag: string): SipResponse {
  const copied = request.headers
    .filter(({ name }) => ['via', 'from', 'to', 'call-id', 'cseq'].includes(name))
    .map((header) =>
      header.name === 'to' && !hasTag(header.value) ? { name: 'to', value: `${header.value};tag=${tag}` } : header,
    )
  const reason = reasons[status] ?? 'Unknown'
  return { kind: 'response', status, reason, headers: [...copied, ...headers], body: '' }
}

const hasTag = (value: string): boolean => /;\s*tag\s*=/i.test(value.slice(value.lastIndexOf('>') + 1))
