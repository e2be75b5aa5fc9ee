import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamReader } from '../../../src/asterisk/sip/stream-reader.ts'
import { byteWork } from '../../support/byte-work.ts'
import { capture } from '../capture.ts'

test('a stream gives the same messages however it is cut', () => {
  const stream = Buffer.from(capture.map(({ text }) => text).join('\r\n\r\n'))
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 60 }), (sizes) => {
      const reader = new StreamReader()
      const got: string[] = []
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const size = sizes[turn % sizes.length] ?? 1
        const { messages, broken } = reader.take(stream.subarray(at, at + size))
        expect(broken).toBeUndefined()
        got.push(...messages.map((message) => Buffer.from(message).toString()))
        at += size
      }
      expect(got).toEqual(capture.map(({ text }) => text))
    }),
    { numRuns: 50 },
  )
})

const bytesMax = 65_535

/** The longest message, with a head of so many bytes. */
function longest(headBytes: number): Buffer {
  const text = (padding: number): string =>
    `OPTIONS sip:a SIP/2.0\r\nX: ${'x'.repeat(padding)}\r\nContent-Length: ${bytesMax - headBytes}\r\n\r\n`
  return Buffer.from(text(headBytes - text(0).length).padEnd(bytesMax, 'y'))
}

test.each([
  ['a long body', 100],
  ['a long head', 65_000],
])('however small the pieces, the work is in proportion to what comes: %s (invariant 7)', (_name, headBytes) => {
  const message = longest(headBytes)
  expect(message).toHaveLength(bytesMax)
  const reader = new StreamReader()
  const got: Uint8Array[] = []
  const work = byteWork()
  for (let at = 0; at < message.length; at += 1) {
    const { messages, broken } = reader.take(message.subarray(at, at + 1))
    expect(broken).toBeUndefined()
    got.push(...messages)
  }
  expect(work()).toBeLessThan(10 * bytesMax)
  expect(got).toHaveLength(1)
  expect(Buffer.compare(got[0] ?? Buffer.alloc(0), message)).toBe(0)
})

test('double line ends between messages are keep-alives, each to be answered once', () => {
  const reader = new StreamReader()
  expect(reader.take(Buffer.from('\r\n\r\n')).messages).toEqual([])
  expect(reader.takeKeepAlives()).toBe(1)
  expect(reader.takeKeepAlives()).toBe(0)
})

test.each([
  ['no length', 'OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n', 'content-length-unreadable'],
  ['two lengths', 'OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\nl: 5\r\n\r\n', 'content-length-unreadable'],
  ['a length that is no number', 'OPTIONS sip:a SIP/2.0\r\nl: 0x5\r\n\r\n', 'content-length-unreadable'],
  ['a length over the bound', 'OPTIONS sip:a SIP/2.0\r\nl: 70000\r\n\r\n', 'message-too-large'],
  ['a head without end', 'a'.repeat(70_000), 'message-too-large'],
])('a stream with %s is of no further use', (_name, text, broken) => {
  expect(new StreamReader().take(Buffer.from(text))).toEqual({ messages: [], broken })
})

test('any bytes give messages or a reason, and no memory grows', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 20 }), (pieces) => {
      const reader = new StreamReader()
      for (const piece of pieces) if (reader.take(piece).broken !== undefined) return
    }),
  )
})
