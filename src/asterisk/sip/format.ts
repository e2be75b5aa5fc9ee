import type { SipMessage } from './message.ts'

/** How well-known names are written; others get a capital at each word. */
const written: Readonly<Record<string, string>> = {
  'call-id': 'Call-ID',
  cseq: 'CSeq',
  'sip-etag': 'SIP-ETag',
  'sip-if-match': 'SIP-If-Match',
}

const writtenName = (name: string): string =>
  written[name] ?? name.replaceAll(/(^|-)[a-z]/g, (letter) => letter.toUpperCase())

/** The bytes of a message, with its Content-Length. */
export function formatMessage(message: SipMessage): Uint8Array {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`
  let text = start
  for (const { name, value } of message.headers) {
    if (name !== 'content-length') text += `${writtenName(name)}: ${value}\r\n`
  }
  return Buffer.from(`${text}Content-Length: ${Buffer.byteLength(message.body)}\r\n\r\n${message.body}`)
}
