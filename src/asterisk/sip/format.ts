import type { SipMessage } from './message.ts'

/** How the names are written that come at each change; others get a capital at each word, save for the first ones here. */
const written: ReadonlyMap<string, string> = new Map([
  ['call-id', 'Call-ID'],
  ['cseq', 'CSeq'],
  ['sip-etag', 'SIP-ETag'],
  ['sip-if-match', 'SIP-If-Match'],
  ['via', 'Via'],
  ['max-forwards', 'Max-Forwards'],
  ['from', 'From'],
  ['to', 'To'],
  ['event', 'Event'],
  ['expires', 'Expires'],
  ['content-type', 'Content-Type'],
])

const writtenName = (name: string): string =>
  written.get(name) ?? name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())

/** The bytes of a message, with its Content-Length. */
export function formatMessage(message: SipMessage): Uint8Array {
  const { body } = message
  let text =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`
  for (const { name, value } of message.headers) {
    if (name !== 'content-length') text += `${writtenName(name)}: ${value}\r\n`
  }
  return Buffer.from(`${text}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}
