import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeStamp, encodeEntry, stampBytes } from '../../src/state/entry.ts'
import {
  driftMaxMs,
  hearStamp,
  isStamp,
  nextStamp,
  stampAfter,
  stampAt,
  stampMax,
  stampWallMs,
} from '../../src/state/stamp.ts'
import { checkProperty } from './property.ts'

const wall = fc.integer({ min: 0, max: 2 ** 42 - 1 })

describe('stamp', () => {
  it('tells its millisecond', () => {
    checkProperty(
      fc.property(wall, (wallMs) => {
        expect(stampWallMs(stampAt(wallMs))).toBe(wallMs)
        expect(stampWallMs(stampAfter(stampAt(wallMs)))).toBe(wallMs)
      }),
    )
  })

  it('grows with each write, whatever the wall clock does', () => {
    checkProperty(
      fc.property(fc.array(fc.double({ noNaN: true })), (clock) => {
        let last = stampAt(0)
        for (const wallMs of clock) {
          const next = nextStamp(last, wallMs)
          expect(isStamp(next)).toBe(true)
          expect(next > last || next === stampMax).toBe(true)
          last = next
        }
      }),
    )
  })

  it('follows what it hears, up to a day ahead', () => {
    const now = 1_000_000_000_000
    const last = stampAt(now)
    expect(hearStamp(last, stampAt(now - 5), now)).toEqual({ kind: 'behind', last })
    const near = stampAt(now + driftMaxMs)
    expect(hearStamp(last, near, now)).toEqual({ kind: 'followed', last: near })
    expect(hearStamp(last, stampAt(now + driftMaxMs + 1), now)).toMatchObject({ kind: 'too-far-ahead', last })
  })

  it('is seven bytes in front of a value', () => {
    checkProperty(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ maxLength: 4 }), (number, value) => {
        if (!isStamp(number)) return
        const bytes = encodeEntry(number, value)
        expect(decodeStamp(bytes)).toBe(number)
        expect(bytes.subarray(stampBytes)).toEqual(value)
      }),
    )
  })

  it('is no other seven bytes (invariant 10)', () => {
    expect(decodeStamp(new Uint8Array(6))).toBeUndefined()
    expect(decodeStamp(new Uint8Array(7).fill(255))).toBeUndefined()
    expect(decodeStamp(Uint8Array.of(0x20, 0, 0, 0, 0, 0, 0))).toBeUndefined()
    expect(decodeStamp(Uint8Array.of(0x1f, 255, 255, 255, 255, 255, 255))).toBe(stampMax)
  })
})
