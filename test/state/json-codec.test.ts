import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonCodec, jsonFault } from '../../src/state/json-codec.ts'
import { checkProperty } from './property.ts'

const codec = jsonCodec((value: unknown): value is unknown => value !== 'forbidden')
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const read = (text: string): unknown => codec.decode(bytes(text))

describe('the JSON codec', () => {
  test('reads what it wrote, and equal values have equal bytes', () => {
    checkProperty(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        if (value === 'forbidden') return
        const written = codec.encode(value)
        expect(codec.decode(written)).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) })
        expect(codec.encode(JSON.parse(JSON.stringify(value, undefined, 1)))).toEqual(written)
      }),
    )
  })

  test('any bytes give a value or a reason (invariant 10)', () => {
    checkProperty(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.json().map(bytes)), (given) => {
        const result = codec.decode(given)
        if (result.ok) expect(codec.encode(result.value)).toEqual(given)
        else expect(result.reason).not.toBe('')
      }),
      1000,
    )
    expect(codec.decode(Uint8Array.of(0xff))).toEqual({ ok: false, reason: 'the bytes are no UTF-8 text' })
    expect(read('{')).toMatchObject({ ok: false, reason: 'the text is no JSON' })
    expect(read('\uFEFF1')).toMatchObject({ ok: false })
    expect(read('"forbidden"')).toMatchObject({ ok: false, reason: 'the value is none of this channel' })
    expect(read('['.repeat(4000) + ']'.repeat(4000))).toMatchObject({ ok: false })
    const other = ['{"b":1,"a":2}', '[1, 2]', '1.0', '-0', '{"a":1,"a":1}', '"\\u0061"', '1e2']
    for (const text of other) expect(read(text)).toMatchObject({ reason: 'the JSON text is not in its canonical form' })
  })

  test('reads names of objects as what they are, and freezes all', () => {
    const result = read('{"__proto__":{"polluted":true},"a":[{}]}') as { readonly value: { readonly a: unknown[] } }
    expect(Object.hasOwn(result.value, '__proto__')).toBe(true)
    expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype)
    expect([result.value, result.value.a, result.value.a[0]].every(Object.isFrozen)).toBe(true)
  })

  test('says what cannot be written', () => {
    const circle: unknown[] = []
    circle.push(circle)
    const wrong: [unknown, string][] = [
      [undefined, 'undefined'],
      [[undefined], 'undefined'],
      [{ a: 1n }, 'bigint'],
      [Infinity, 'Infinity'],
      [new Date(0), 'Date'],
      [{ a: () => 1 }, 'function'],
      [circle, 'deep'],
    ]
    for (const [value, word] of wrong) expect(jsonFault(value)).toContain(word)
    expect(jsonFault({ a: undefined, b: [null, 'x', true] })).toBeUndefined()
  })
})
