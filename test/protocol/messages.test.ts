import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from '../../src/protocol/byte-writer.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import { kinds, wireVersion } from '../../src/protocol/kinds.ts'
import { limits } from '../../src/protocol/limits.ts'
import '../support/seed.ts'
import { arbitraryMessage } from './arbitrary-message.ts'

describe('messages', () => {
  test('come back as they were sent', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, value: message })
      }),
      { numRuns: 500 },
    )
  })

  test('have one encoding: what decodes encodes to the same bytes (invariant 10)', () => {
    const mutated = fc.record({ message: arbitraryMessage, at: fc.nat(), byte: fc.nat({ max: 255 }) })
    fc.assert(
      fc.property(mutated, ({ message, at, byte }) => {
        const bytes = encodeMessage(message)
        bytes[at % bytes.length] = byte
        const read = decodeMessage(bytes)
        if (read.ok) expect(encodeMessage(read.value)).toEqual(bytes)
        else expect(read.reason).toMatch(/^[a-z0-9-]+$/)
      }),
      { numRuns: 2000 },
    )
  })

  test('cut short at any byte are refused by name', () => {
    fc.assert(
      fc.property(arbitraryMessage, fc.nat(), (message, at) => {
        const bytes = encodeMessage(message)
        expect(decodeMessage(bytes.subarray(0, at % bytes.length)).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test('arbitrary bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...Object.values(kinds)), (bytes, kind) => {
        decodeMessage(bytes)
        decodeMessage(Uint8Array.of(wireVersion, kind, ...bytes))
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a message is refused by name', () => {
  const refused = (bytes: Uint8Array): unknown => decodeMessage(bytes)

  test('of a newer wire version', () => {
    expect(refused(Uint8Array.of(wireVersion + 1, kinds.same))).toEqual({ ok: false, reason: 'newer-version' })
  })

  test('of an unknown kind', () => {
    expect(refused(Uint8Array.of(wireVersion, 255))).toEqual({ ok: false, reason: 'unknown-kind' })
  })

  test('with bytes behind its end', () => {
    expect(refused(Uint8Array.of(wireVersion, kinds.same, 0))).toEqual({ ok: false, reason: 'trailing-bytes' })
  })

  test('with a list longer than its bound, before anything of it is read', () => {
    const bytes = new ByteWriter()
      .byte(wireVersion)
      .byte(kinds.pull)
      .number(limits.wantsPerPullMax + 1)
      .finish()
    expect(refused(bytes)).toEqual({ ok: false, reason: 'number-too-large' })
  })

  test('with a padded number', () => {
    expect(refused(Uint8Array.of(wireVersion, kinds.pull, 0x80, 0x00))).toEqual({ ok: false, reason: 'number-padded' })
  })

  test('with an entity ID of zeros', () => {
    const bytes = new ByteWriter().byte(wireVersion).byte(kinds.accusation).raw(new Uint8Array(6)).finish()
    expect(refused(bytes)).toEqual({ ok: false, reason: 'entity-id-zero' })
  })

  test('with control characters in a channel name', () => {
    const bytes = new ByteWriter().byte(wireVersion).byte(kinds.check).number(1).text('mwi\n').finish()
    expect(refused(bytes)).toEqual({ ok: false, reason: 'channel-name-invalid' })
  })
})
