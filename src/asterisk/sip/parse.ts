import { unparsed } from '../../state/parsed.ts'
import { headerName, isNameAddress, readCSeq, readVia, tokenPattern, type CSeq, type Via } from './fields.ts'
import { sipLimits } from './limits.ts'
import { headerOf, type SipHeader, type SipMessage, type SipRequest } from './message.ts'

/** What names a message's transaction, as read. */
export interface Transaction {
  readonly via: Via
  readonly cseq: CSeq
}

/** What reading gives: a message, or a named reason; with it the request that can still be answered, and how. */
export type SipReading =
  | {
      readonly ok: true
      readonly value: SipMessage
      readonly transaction: Transaction
      /** Bytes of the message. */
      readonly bytes: number
    }
  | {
      readonly ok: false
      readonly reason: string
      /** A request whose Via, From, To, Call-ID and CSeq were readable: it deserves an answer. */
      readonly request?: SipRequest
      readonly status?: number
    }

/** Fields that every message has, once (RFC 3261, section 8.1.1). */
const onceAndAlways = ['from', 'to', 'call-id', 'cseq'] as const
const always = ['via', ...onceAndAlways] as const

/** Fields that are not lists: twice is a contradiction. */
const atMostOnce: ReadonlySet<string> = new Set([
  ...onceAndAlways,
  'content-length',
  'content-type',
  'max-forwards',
  'event',
  'expires',
  'min-expires',
  'sip-etag',
  'sip-if-match',
])

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// oxlint-disable-next-line no-control-regex -- Control characters are what is looked for, and line ends that end no line.
const controlPattern = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]|\r(?!\n)|(?<!\r)\n/

/**
 * Reads one message from the front of `data`. A datagram may have bytes behind the message, which do not count (RFC 3261,
 * section 18.3); in a stream they are the next message. Whatever the bytes are, nothing is thrown.
 */
export function parseMessage(data: Uint8Array, transport: 'udp' | 'tcp'): SipReading {
  if (data.length > sipLimits.messageMaxBytes) return unparsed('message-too-large')
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return unparsed('headers-have-no-end')
  let text: string
  try {
    text = decoder.decode(bytes.subarray(0, end))
  } catch {
    return unparsed('not-utf-8')
  }
  const head = readHead(text)
  if (typeof head === 'string') return unparsed(head)
  const { start, headers, fault } = head
  const read = startOf(start, headers)
  if (typeof read === 'string') return unparsed(read)
  const { message, version } = read
  const transaction = fault ?? transactionOf(message, version)
  if (typeof transaction === 'string') return refused(message, transaction, statusFor(transaction))
  return withBody({ message, transaction }, bytes, end + 4, transport)
}

interface Start {
  readonly message: SipMessage
  readonly version: string
}

interface Head {
  readonly start: string
  readonly headers: SipHeader[]
  /** What is wrong with a field that leaves the others readable. */
  readonly fault: string | undefined
}

function readHead(text: string): Head | string {
  const lines = text.split('\r\n')
  const start = lines[0] ?? ''
  if (start.length > sipLimits.startLineMaxBytes) return 'start-line-too-long'
  const mayHaveControls = controlPattern.test(text)
  const headers: SipHeader[] = []
  let fault: string | undefined
  for (let at = 1; at < lines.length; at += 1) {
    let line = lines[at] ?? ''
    while (at + 1 < lines.length && isContinuation(lines[at + 1] ?? '')) {
      at += 1
      line += ` ${(lines[at] ?? '').trim()}`
      if (line.length > sipLimits.headerMaxBytes) return 'header-too-long'
    }
    if (line.length > sipLimits.headerMaxBytes) return 'header-too-long'
    if (headers.length >= sipLimits.headersMax) return 'too-many-headers'
    const colon = line.indexOf(':')
    const name = headerName(line.slice(0, Math.max(colon, 0)))
    const value = line.slice(colon + 1).trim()
    if (name === undefined) fault ??= 'header-malformed'
    else if (mayHaveControls && controlPattern.test(value)) fault ??= 'header-has-control-characters'
    else headers.push({ name, value })
  }
  return { start, headers, fault }
}

/** A line that begins with a blank goes on with the field above (RFC 3261, section 7.3.1). */
const isContinuation = (line: string): boolean => line.startsWith(' ') || line.startsWith('\t')

function startOf(start: string, headers: readonly SipHeader[]): Start | string {
  if (/^SIP\//i.test(start)) {
    const response = /^SIP\/2\.0 (\d{3}) ([^\r\n]*)$/i.exec(start)
    if (response === null) return 'status-line-malformed'
    const status = Number(response[1])
    if (status < 100 || status > 699) return 'status-out-of-range'
    const reason = response[2] ?? ''
    return { message: { kind: 'response', status, reason, headers, body: '' }, version: 'SIP/2.0' }
  }
  // Exactly one blank between the three, and none in the URI.
  const [method = '', uri = '', version = '', ...rest] = start.split(' ')
  if (!tokenPattern.test(method) || rest.length > 0 || !/^SIP\/\d+\.\d+$/i.test(version))
    return 'request-line-malformed'
  return { message: { kind: 'request', method, uri, headers, body: '' }, version: version.toUpperCase() }
}

/** The first field of each name. */
type Fields = ReadonlyMap<string, string>

/** What is wrong with the fields, or what of them names the transaction. */
function transactionOf(message: SipMessage, version: string): Transaction | string {
  const fields = new Map<string, string>()
  for (const { name, value } of message.headers) {
    if (!fields.has(name)) fields.set(name, value)
    else if (atMostOnce.has(name)) return `${name}-twice`
  }
  for (const name of always) if (!fields.get(name)) return `${name}-missing`
  const via = readVia(fields.get('via') ?? '')
  if (via === undefined) return 'via-malformed'
  const cseq = readCSeq(fields.get('cseq') ?? '')
  if (cseq === undefined) return 'cseq-malformed'
  for (const name of ['from', 'to']) if (!isNameAddress(fields.get(name) ?? '')) return `${name}-malformed`
  if (/\s/.test(fields.get('call-id') ?? '')) return 'call-id-malformed'
  return (message.kind === 'request' ? requestFault(message, version, cseq, fields) : undefined) ?? { via, cseq }
}

function requestFault({ method, uri }: SipRequest, version: string, cseq: CSeq, fields: Fields): string | undefined {
  if (version !== 'SIP/2.0') return 'version-not-supported'
  if (cseq.method !== method) return 'method-mismatch'
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"]+$/.test(uri)) return 'request-uri-malformed'
  return numberFault(fields, 'max-forwards', 255) ?? numberFault(fields, 'expires', 2 ** 32 - 1)
}

function numberFault(fields: Fields, name: string, most: number): string | undefined {
  const value = fields.get(name)
  return value === undefined || (/^\d{1,10}$/.test(value) && Number(value) <= most) ? undefined : `${name}-malformed`
}

interface Headed {
  readonly message: SipMessage
  readonly transaction: Transaction
}

function withBody(
  { message, transaction }: Headed,
  bytes: Buffer,
  start: number,
  transport: 'udp' | 'tcp',
): SipReading {
  const length = headerOf(message, 'content-length')
  // Asterisk pads the number with blanks, which are trimmed by now.
  if (length !== undefined && !/^\d{1,10}$/.test(length)) return refused(message, 'content-length-malformed', 400)
  if (length === undefined && transport === 'tcp') return refused(message, 'content-length-missing', 400)
  const size = length === undefined ? bytes.length - start : Number(length)
  if (size > bytes.length - start) return refused(message, 'body-truncated', 400)
  if (size > sipLimits.bodyMaxBytes) return refused(message, 'body-too-large', 413)
  try {
    const body = size === 0 ? '' : decoder.decode(bytes.subarray(start, start + size))
    return { ok: true, value: { ...message, body }, transaction, bytes: start + size }
  } catch {
    return refused(message, 'body-not-utf-8', 400)
  }
}

function refused(message: SipMessage, reason: string, status: number): SipReading {
  const mayBeAnswered =
    message.kind === 'request' &&
    message.method !== 'ACK' &&
    always.every((name) => message.headers.some((header) => header.name === name)) &&
    readVia(headerOf(message, 'via') ?? '') !== undefined
  if (!mayBeAnswered) return unparsed(reason)
  return { ok: false, reason, request: message, status }
}

const statusFor = (reason: string): number => (reason === 'version-not-supported' ? 505 : 400)
