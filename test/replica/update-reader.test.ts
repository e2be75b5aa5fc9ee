import { createDecoder, readVarUint } from 'lib0/decoding'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Fault, UpdateReader } from '../../src/replica/update-reader.ts'
import '../support/seed.ts'
import { numbers } from './hostile-update.ts'

const faultOf = (act: () => unknown): string => {
  try {
    act()
  } catch (error) {
    if (error instanceof Fault) return error.fault
    throw error
  }
  return 'none'
}

describe('a number', () => {
  test('reads as lib0 wrote it', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 49 - 1 }), (number) => {
        expect(new UpdateReader(numbers(number)).number()).toBe(number)
      }),
    )
  })

  test('reads as lib0 reads it, or not at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (bytes) => {
        const reader = new UpdateReader(bytes)
        let number = 0
        if (faultOf(() => (number = reader.number())) !== 'none') return
        expect(readVarUint(createDecoder(bytes))).toBe(number)
        expect(numbers(number)).toEqual(bytes.subarray(0, numbers(number).length))
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    ['truncated', []],
    ['truncated', [0x80]],
    ['malformed-number', [0x80, 0x00]],
    ['malformed-number', [0xff, 0x80, 0x00]],
    ['malformed-number', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]],
  ])('is %s in %j', (fault, bytes) => {
    expect(faultOf(() => new UpdateReader(Uint8Array.from(bytes)).number())).toBe(fault)
  })
})

describe('bytes and text', () => {
  test('are views that end where they say', () => {
    const reader = new UpdateReader(Uint8Array.of(2, 7, 8, 1, 0x61))
    expect(reader.bytes(2, 'value-too-long')).toEqual(Uint8Array.of(7, 8))
    expect(reader.text(1, 'malformed-key')).toBe('a')
    expect(reader.isAtEnd).toBe(true)
  })

  test('have bounds', () => {
    const reader = (): UpdateReader => new UpdateReader(Uint8Array.of(3, 0x61, 0x62))
    expect(faultOf(() => reader().bytes(2, 'value-too-long'))).toBe('value-too-long')
    expect(faultOf(() => reader().bytes(3, 'value-too-long'))).toBe('truncated')
    expect(faultOf(() => new UpdateReader(Uint8Array.of(1, 0xff)).text(9, 'malformed-key'))).toBe('malformed-key')
  })
})
