import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCustom, nameMatcher, namesMatcher } from '../../src/state/device-name.ts'
import { checkProperty } from './property.ts'

/** The meaning of a pattern by its definition, exponential and obvious. */
function fits(pattern: string, name: string): boolean {
  if (pattern === '') return name === ''
  if (pattern.startsWith('*')) return fits(pattern.slice(1), name) || (name !== '' && fits(pattern, name.slice(1)))
  return name !== '' && name[0] === pattern[0] && fits(pattern.slice(1), name.slice(1))
}

describe('device name', () => {
  it.each([
    ['Custom:lamp', true],
    ['custom:lamp', true],
    ['CUSTOM:x', true],
    ['Custom:', false],
    ['Customs:x', false],
    ['PJSIP/Custom:x', false],
    ['', false],
  ])('knows whether %j is custom: %j', (name, custom) => {
    expect(isCustom(name)).toBe(custom)
  })

  it.each([
    ['PJSIP/*', 'PJSIP/alice', true],
    ['PJSIP/*', 'PJSIP/', true],
    ['PJSIP/*', 'pjsip/alice', false],
    ['*', '', true],
    ['', '', true],
    ['', 'x', false],
    ['*-door', 'Custom:back-door', true],
    ['a*a', 'a', false],
    ['a**b', 'ab', true],
    ['*(.+)+$', 'x(.+)+$', true],
    ['PJSIP/alice', 'PJSIP/alice2', false],
  ])('%j on %j: %j', (pattern, name, expected) => {
    expect(nameMatcher(pattern)(name)).toBe(expected)
  })

  it('means what its definition says', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 8 })
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 })
    checkProperty(
      fc.property(letters, name, (pattern, text) => {
        expect(nameMatcher(pattern)(text)).toBe(fits(pattern, text))
      }),
      5000,
    )
  })

  it('is not slowed down by a hostile pattern', () => {
    const slow = nameMatcher('*a'.repeat(5000) + 'b*')
    expect(slow('a'.repeat(100_000))).toBe(false)
  })

  it('fits several patterns when it fits one', () => {
    const night = namesMatcher(['Custom:night*', 'Custom:door'])
    expect(['Custom:night2', 'Custom:door', 'Custom:day'].map(night)).toEqual([true, true, false])
    expect(namesMatcher([])('x')).toBe(false)
  })
})
