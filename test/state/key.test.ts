import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyBytesMax, keyFault } from '../../src/state/key.ts'
import { checkProperty } from './property.ts'

describe('key', () => {
  it.each(['PJSIP/alice', 'Custom:Türe 3', '100@default', '☎', '📞', ' '])('takes %j', (key) => {
    expect(keyFault(key)).toBeUndefined()
  })

  it.each(['', 'a\nb', 'a\0', '\u007f', '\u0085', 'a\u2028b', '\ud800', 'x\udc00'])('refuses %j', (key) => {
    expect(keyFault(key)).toMatch(/^a name /)
  })

  it('counts bytes, not characters', () => {
    expect(keyFault('ü'.repeat(4), 8)).toBeUndefined()
    expect(keyFault('ü'.repeat(5), 8)).toBe('a name has at most 8 bytes, not 10')
    expect(keyFault('📞📞', 8)).toBeUndefined()
    expect(keyFault('📞📞a', 8)).toBeDefined()
    expect(keyFault('x'.repeat(keyBytesMax))).toBeUndefined()
    expect(keyFault('x'.repeat(10_000_000))).toBeDefined()
  })

  it('takes a key exactly when it survives UTF-8 and fits', () => {
    checkProperty(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.nat(20), (key, bytesMax) => {
        const bytes = new TextEncoder().encode(key)
        const fits = bytes.length <= bytesMax && new TextDecoder().decode(bytes) === key.replace(/^\ufeff/, '')
        // oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
        const printable = !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(key)
        expect(keyFault(key, bytesMax) === undefined).toBe(fits && printable)
      }),
      500,
    )
  })
})
