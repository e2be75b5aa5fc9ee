import { expect, test } from 'vitest'
import { countText, durationText, printable, valueText } from '../../src/cli/text.ts'

test.each([
  [0, '0.0 s'],
  [-5, '0.0 s'],
  [940, '0.9 s'],
  [9_940, '9.9 s'],
  [59_000, '59 s'],
  [61_000, '1 min 1 s'],
  [3_600_000, '1 h'],
  [5_400_000, '1 h 30 min'],
  [90_000_000, '1 d 1 h'],
])('%i ms is %s', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test('values are told in words', () => {
  expect(valueText('INUSE')).toBe('INUSE')
  expect(valueText(null)).toBe('nothing')
  expect(valueText({ newMessages: 1, oldMessages: 2 })).toBe('1 new, 2 old')
  expect(valueText({ level: 3 })).toBe('{"level":3}')
  expect([countText(1, 'device'), countText(2, 'device')]).toEqual(['1 device', '2 devices'])
  expect([countText(1, 'entry', 'entries'), countText(0, 'entry', 'entries')]).toEqual(['1 entry', '0 entries'])
})

test('what would command a terminal is shown', () => {
  expect(printable('a\u001B[31mb\nc\u202Ed ü日')).toBe('a\\u{1b}[31mb\\u{a}c\\u{202e}d ü日')
})
