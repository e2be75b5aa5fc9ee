import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeMailboxCounts,
  encodeMailboxCounts,
  mailboxCountsFault,
  messagesMax,
  parseMailbox,
  sameMailboxCounts,
} from '../../src/state/mailbox.ts'
import { checkProperty } from './property.ts'

const count = fc.oneof(fc.nat(200), fc.integer({ min: 0, max: messagesMax }))
const counts = fc.record({ newMessages: count, oldMessages: count })

describe('mailbox', () => {
  it('reads its key', () => {
    expect(parseMailbox('100@default')).toEqual({ ok: true, value: '100@default' })
    expect(parseMailbox('100')).toEqual({ ok: true, value: '100' })
    expect(parseMailbox('100', { context: 'default' })).toEqual({ ok: true, value: '100@default' })
    expect(parseMailbox('100@sales', { context: 'default' })).toEqual({ ok: true, value: '100@sales' })
  })

  it.each(['', '@', '@default', '100@', '1@2@3', '1\n@default', `${'1'.repeat(80)}@x`, `1@${'x'.repeat(80)}`])(
    'refuses %j as a key',
    (text) => {
      expect(parseMailbox(text).ok).toBe(false)
    },
  )

  it('counts in whole numbers within bounds', () => {
    expect(mailboxCountsFault({ newMessages: 0, oldMessages: messagesMax })).toBeUndefined()
    for (const wrong of [-1, 0.5, Number.NaN, messagesMax + 1, Number.POSITIVE_INFINITY]) {
      expect(mailboxCountsFault({ newMessages: wrong, oldMessages: 0 })).toBeDefined()
      expect(mailboxCountsFault({ newMessages: 0, oldMessages: wrong })).toBeDefined()
    }
  })

  it('is bytes and back', () => {
    checkProperty(
      fc.property(counts, (value) => {
        const bytes = encodeMailboxCounts(value)
        expect(decodeMailboxCounts(bytes)).toEqual({ ok: true, value })
        for (let end = 0; end < bytes.length; end += 1)
          expect(decodeMailboxCounts(bytes.subarray(0, end)).ok).toBe(false)
        expect(decodeMailboxCounts(Uint8Array.of(...bytes, 0)).ok).toBe(false)
      }),
    )
    expect(encodeMailboxCounts({ newMessages: 3, oldMessages: 1 })).toEqual(Uint8Array.of(3, 1))
  })

  it('has one encoding for each value: what decodes encodes to the same bytes (invariant 10)', () => {
    checkProperty(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = decodeMailboxCounts(bytes)
        if (!read.ok) return
        expect(mailboxCountsFault(read.value)).toBeUndefined()
        expect(encodeMailboxCounts(read.value)).toEqual(bytes)
      }),
      5000,
    )
    expect(decodeMailboxCounts(Uint8Array.of(0x80, 0x00, 0x01)).ok).toBe(false)
    expect(decodeMailboxCounts(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x08, 0x01)).ok).toBe(false)
    expect(decodeMailboxCounts(new Uint8Array(20).fill(0xff)).ok).toBe(false)
  })

  it('compares by both counts', () => {
    const value = { newMessages: 1, oldMessages: 2 }
    expect(sameMailboxCounts(value, { ...value })).toBe(true)
    expect(sameMailboxCounts(value, { ...value, newMessages: 2 })).toBe(false)
    expect(sameMailboxCounts(value, { ...value, oldMessages: 1 })).toBe(false)
  })
})
