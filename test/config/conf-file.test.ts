import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { confMaxBytes, faultsMax, readConf, type ConfFile } from '../../src/config/conf-file.ts'
import { faultText } from '../../src/config/source.ts'
import '../support/seed.ts'

function good(text: string): ConfFile {
  const read = readConf('x.conf', text)
  if (!read.ok) throw new Error(read.faults.map(faultText).join('\n'))
  return read.value
}

const entries = (text: string): string[] =>
  good(text).sections.flatMap(({ name, entries: all }) => all.map(({ key, value }) => `${name}/${key}/${value}`))

function faults(text: string): string[] {
  const read = readConf('x.conf', text)
  return read.ok ? [] : read.faults.map(faultText)
}

describe('readConf', () => {
  test('reads sections and entries in order, with = and =>, and keeps line numbers', () => {
    const { sections } = good(
      '[general]\n\ncluster = a\nPeer=>b\npeer  =>  c = d\r\n[ Hints ]\nhint => 1@x, PJSIP/a&Custom:b',
    )
    expect(sections).toEqual([
      {
        name: 'general',
        source: { kind: 'file', file: 'x.conf', line: 1 },
        entries: [
          { key: 'cluster', value: 'a', source: { kind: 'file', file: 'x.conf', line: 3 } },
          { key: 'peer', value: 'b', source: { kind: 'file', file: 'x.conf', line: 4 } },
          { key: 'peer', value: 'c = d', source: { kind: 'file', file: 'x.conf', line: 5 } },
        ],
      },
      {
        name: 'hints',
        source: { kind: 'file', file: 'x.conf', line: 6 },
        entries: [{ key: 'hint', value: '1@x, PJSIP/a&Custom:b', source: { kind: 'file', file: 'x.conf', line: 7 } }],
      },
    ])
  })

  test('takes comments out as Asterisk does', () => {
    const text = [
      '; a = 0',
      '[g] ; head',
      'a = 1 ; tail',
      'b = x\\;y ; tail \\; still',
      ';-- c = 2',
      'd = 3',
      ';-- nested --; e = 4',
      '--; f = 5 ;--- g = 6',
      ';--- no block comment',
      'h = 7 ;-- in one line --; 8',
      'i = --; j = 9',
    ].join('\n')
    expect(entries(text)).toEqual(['g/a/1', 'g/b/x;y', 'g/f/5', 'g/h/7  8', 'g/i/--'])
  })

  test('an empty text, a mark of UTF-8 and a last line without an end are fine', () => {
    expect(good('').sections).toEqual([])
    expect(entries('\uFEFF[g]\na = 1')).toEqual(['g/a/1'])
  })

  test.each([
    ['a = 1', 'x.conf:1: "a" stands before the first section: write [general] above it'],
    ['[g]\nwhat', 'x.conf:2: "what" is no setting: "name = value" is wanted, or ; in front of a comment'],
    ['[g]\n= 1', 'x.conf:2: there is no name in front of the ='],
    ['[g]\na += 1', 'x.conf:2: += is not understood: write the whole value behind one ='],
    ['[g', 'x.conf:1: the ] behind "[g" is missing'],
    ['[]', 'x.conf:1: a section has a name: [general]'],
    ['[g](!)', 'x.conf:1: nothing can follow [g] in its line: templates are not understood, so write each section out'],
    ['# note', 'x.conf:1: # begins no comment here: write ; in its place'],
    ['#include "b.conf"', 'x.conf:1: #include and #exec are not understood: put everything into this file'],
    ['[g]\n\n;-- a\nb', 'x.conf:3: the comment that begins here with ;-- is never ended: put --; behind it'],
    ['[g]\na = \u0000', 'x.conf:2: there is a control character in this line: is this a text file?'],
  ])('%j is told', (text, fault) => {
    expect(faults(text)).toEqual([fault])
  })

  test('tells all faults at once, and stops where there is no end of them', () => {
    expect(faults('a\n[b\n#c')).toHaveLength(3)
    const many = faults('x\n'.repeat(10_000))
    expect(many).toHaveLength(faultsMax + 1)
    expect(many.at(-1)).toBe(`x.conf:${faultsMax}: so much is wrong that the rest was not read`)
    expect(faults('x'.repeat(confMaxBytes + 1))[0]).toContain('x.conf: this is larger than')
  })

  test('any text gives sections or faults', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '=',
      '=>',
      ';',
      ';--',
      '--;',
      '\\',
      '\n',
      '\r',
      '#',
      'a',
      ' ',
      '\0',
      '-',
      '\u2028',
      '\uD800',
    )
    const texts = fc.oneof(
      fc.string(),
      fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const read = readConf('x.conf', text)
        const lines = text.split(/\r?\n/).length
        const found = read.ok ? read.value.sections.flatMap((section) => [section, ...section.entries]) : read.faults
        for (const { source } of found) {
          expect(source.kind === 'file' && source.line >= 1 && source.line <= lines).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('is done quickly with the largest texts that are hardest', () => {
    const before = performance.now()
    for (const piece of [';', ';--', '--;', '\\;', '[', ']', '=', '\n', '\0', ' ', 'a=1\n', ';--\n', '\u2028']) {
      readConf('x.conf', piece.repeat(Math.floor(confMaxBytes / piece.length)))
      readConf('x.conf', `[g]\n${piece.repeat(Math.floor((confMaxBytes - 4) / piece.length))}`)
    }
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
