import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatMessage } from '../../../src/asterisk/sip/format.ts'
import { sipLimits } from '../../../src/asterisk/sip/limits.ts'
import { headerOf, responseTo, type SipMessage } from '../../../src/asterisk/sip/message.ts'
import { parseMessage } from '../../../src/asterisk/sip/parse.ts'
import { capture } from '../capture.ts'
import { publishText, withLine } from './messages.ts'

const read = (text: string, transport: 'udp' | 'tcp' = 'udp'): ReturnType<typeof parseMessage> =>
  parseMessage(Buffer.from(text), transport)

function good(text: string): SipMessage {
  const reading = read(text)
  if (!reading.ok) throw new Error(reading.reason)
  return reading.value
}

const reason = (text: string, transport: 'udp' | 'tcp' = 'udp'): string | undefined => {
  const reading = read(text, transport)
  return reading.ok ? undefined : reading.reason
}

describe('the capture of two real servers', () => {
  test('every message is read, with its body, and read alike after it was written again', () => {
    expect(capture.length).toBeGreaterThan(30)
    for (const { text, bytes } of capture) {
      const message = good(text)
      expect(read(text)).toMatchObject({ bytes })
      expect(text.endsWith(message.body)).toBe(true)
      const { headers, ...rest } = good(formatMessage(message).toString())
      expect(rest).toEqual({ kind: message.kind, ...partsOf(message), body: message.body })
      const lengthless = (all: typeof headers): typeof headers => all.filter(({ name }) => name !== 'content-length')
      expect(lengthless(headers)).toEqual(lengthless(message.headers))
    }
  })
})

const partsOf = (message: SipMessage): object =>
  message.kind === 'request'
    ? { method: message.method, uri: message.uri }
    : { status: message.status, reason: message.reason }

describe('a request', () => {
  test('has its fields under their long names in lower case, folded lines as one', () => {
    const text = publishText({}).replace('Event: asterisk-mwi', 'o:  asterisk-mwi\r\nX-Folded: a\r\n\t b\r\n  c')
    const message = good(text)
    expect(message).toMatchObject({ kind: 'request', method: 'PUBLISH', uri: 'sip:ast@127.0.0.1:5070' })
    expect(headerOf(message, 'event')).toBe('asterisk-mwi')
    expect(headerOf(message, 'x-folded')).toBe('a b c')
    expect(message.body).toBe('{"type":"refresh","eid":"02:00:00:00:00:0a"}')
  })

  test.each([
    ['Call-ID', 'call-id-missing'],
    ['CSeq', 'cseq-missing'],
    ['From', 'from-missing'],
    ['To', 'to-missing'],
    ['Via', 'via-missing'],
  ])('without %s is refused and cannot be answered', (name, expected) => {
    expect(read(withLine(name, undefined))).toEqual({ ok: false, reason: expected })
  })

  test.each([
    ['Max-Forwards', 'Max-Forwards: 300', 'max-forwards-malformed'],
    ['Expires', 'Expires: 1 0', 'expires-malformed'],
    ['Expires', 'Expires: 60\r\nExpires: 61', 'expires-twice'],
    ['CSeq', 'CSeq: 36893488147419103232 PUBLISH', 'cseq-malformed'],
    ['CSeq', 'CSeq: 1 OPTIONS', 'method-mismatch'],
    ['From', 'From: <sip:a', 'from-malformed'],
    ['Content-Length', 'Content-Length: -999', 'content-length-malformed'],
    ['Content-Length', 'Content-Length: 9999', 'body-truncated'],
    ['Event', 'Event asterisk-mwi', 'header-malformed'],
    ['Event', 'Event: a\u0001', 'header-has-control-characters'],
    ['Event', 'Event: a\rb', 'header-has-control-characters'],
    ['Event', 'Event: a\nb', 'header-has-control-characters'],
    ['Event', ': asterisk-mwi', 'header-malformed'],
    ['Event', 'Event : a\r\ne v: b', 'header-malformed'],
  ])('with a wrong %s is answered 400: %j', (name, line, expected) => {
    expect(read(withLine(name, line))).toMatchObject({ ok: false, reason: expected, status: 400 })
  })

  test('is bounded before it is looked into', () => {
    expect(reason('x'.repeat(sipLimits.messageMaxBytes + 1))).toBe('message-too-large')
    expect(reason(`PUBLISH sip:${'a'.repeat(2000)} SIP/2.0\r\nA: b\r\n\r\n`)).toBe('start-line-too-long')
    expect(reason(withLine('Event', `Event: ${'a'.repeat(3000)}`))).toBe('header-too-long')
    expect(reason(withLine('Event', `Event: a${'\r\n b'.repeat(1500)}`))).toBe('header-too-long')
    expect(reason(withLine('Event', 'X: y\r\n'.repeat(100).trim()))).toBe('too-many-headers')
    const large = publishText({ body: 'x'.repeat(sipLimits.bodyMaxBytes + 1) })
    expect(read(large)).toMatchObject({ reason: 'body-too-large', status: 413 })
  })

  test('bytes behind a datagram do not count; in a stream a length is needed', () => {
    expect(good(`${publishText({})}trailing`).body).toBe('{"type":"refresh","eid":"02:00:00:00:00:0a"}')
    expect(reason(withLine('Content-Length', undefined), 'tcp')).toBe('content-length-missing')
    expect(reason(withLine('Content-Length', undefined), 'udp')).toBeUndefined()
  })

  test('is text: bytes that are no UTF-8 are refused in the head and in the body', () => {
    const bytes = Buffer.from(publishText({ body: 'ab' }))
    const inBody = Buffer.from(bytes)
    inBody[inBody.length - 1] = 0xff
    expect(parseMessage(inBody, 'udp')).toMatchObject({ ok: false, reason: 'body-not-utf-8', status: 400 })
    const inHead = Buffer.from(bytes)
    inHead[20] = 0xff
    expect(parseMessage(inHead, 'udp')).toMatchObject({ ok: false, reason: 'not-utf-8' })
  })
})

describe('a response to a request', () => {
  test('copies what names the transaction and adds a tag', () => {
    const request = good(publishText({}))
    if (request.kind !== 'request') throw new Error('not a request')
    const answer = responseTo(request, { status: 200, headers: [{ name: 'sip-etag', value: '0' }] }, 'abc')
    const text = formatMessage(answer).toString()
    expect(text).toContain('SIP/2.0 200 OK\r\n')
    expect(text).toContain('To: <sip:ast@127.0.0.1>;tag=abc\r\n')
    expect(text).toContain('SIP-ETag: 0\r\n')
    expect(text.endsWith('Content-Length: 0\r\n\r\n')).toBe(true)
  })
})

describe('any bytes', () => {
  const settle = (bytes: Uint8Array, transport: 'udp' | 'tcp'): void => {
    const reading = parseMessage(bytes, transport)
    if (reading.ok) expect(reading.bytes).toBeLessThanOrEqual(bytes.length)
    else expect(reading.reason).toMatch(/^[a-z0-9-]+$/)
  }

  test('give a message or a named reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom('udp', 'tcp'), (bytes, transport) =>
        settle(bytes, transport),
      ),
    )
  })

  test('also where a real message was cut, mixed or sprinkled', () => {
    const texts = capture.map(({ text }) => text)
    const edit = fc.record({
      at: fc.nat({ max: 600 }),
      remove: fc.nat({ max: 20 }),
      insert: fc.oneof(
        fc.constantFrom('\r\n', '\r\n\r\n', ' ', ':', ';', '"', '<', '>', '\0', 'SIP/2.0', '-1', '999999999999'),
        fc.string({ maxLength: 5, unit: 'binary' }),
      ),
    })
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(edit, { maxLength: 4 }), (text, edits) => {
        let changed = text
        for (const { at, remove, insert } of edits) changed = changed.slice(0, at) + insert + changed.slice(at + remove)
        settle(Buffer.from(changed), 'udp')
        settle(Buffer.from(changed, 'latin1'), 'tcp')
      }),
      { numRuns: 2000 },
    )
  })
})
