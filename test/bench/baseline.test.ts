import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { allowedGrowth, compare, readBaselines, updateBaseline } from '../../bench/baseline.ts'
import { fingerprint, machine } from '../../bench/machine.ts'
import { markers, measuredSection, readmeFile, updateReadmes } from '../../bench/readme.ts'
import type { SuiteResult } from '../../bench/result.ts'
import { suitesInShort } from '../../bench/short.ts'
import { resultsOf, suiteWith } from './results.ts'

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-test-'))
  file = join(directory, 'file')
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('a baseline', () => {
  const good = resultsOf([suiteWith('convergence', { to_stream: 2 })])

  test('finds what has grown, and only that', () => {
    updateBaseline(good, file)
    const baselines = readBaselines(file)
    expect(compare(good, baselines).grown).toEqual([])
    const within = resultsOf([suiteWith('convergence', { to_stream: 2 * allowedGrowth, new_one: 9 })])
    expect(compare(within, baselines).grown).toEqual([])
    const beyond = resultsOf([suiteWith('convergence', { to_stream: 2.1 * allowedGrowth })])
    expect(compare(beyond, baselines).grown).toEqual([expect.stringContaining('convergence.to_stream') as string])
  })

  test('belongs to one environment', () => {
    updateBaseline(good, file)
    const other = { ...good, fingerprint: fingerprint({ ...machine(), cpu: 'another one' }) }
    expect(other.fingerprint).not.toBe(good.fingerprint)
    const { grown, said } = compare(
      resultsOf([suiteWith('convergence', { to_stream: 99 })], other),
      readBaselines(file),
    )
    expect(grown).toEqual([])
    expect(said).toEqual([expect.stringContaining('no baseline belongs to this environment') as string])
    updateBaseline(other, file)
    expect(Object.keys(readBaselines(file)).toSorted()).toEqual([good.fingerprint, other.fingerprint].toSorted())
  })

  test('is never written by a partial run, nor by one in which something failed', () => {
    updateBaseline(good, file)
    const before = readFileSync(file, 'utf8')
    const failed: SuiteResult = { name: 'death', about: '', seconds: 1, status: 'failed', reason: 'wrong' }
    expect(() => updateBaseline({ ...good, isWhole: false }, file)).toThrow(/whole run only/)
    expect(() => updateBaseline({ ...good, suites: [...good.suites, failed] }, file)).toThrow(/not measured: death/)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })
})

describe('the figures of the READMEs', () => {
  const whole = resultsOf(suitesInShort().map((name) => suiteWith(name, {})))
  let other: string
  beforeEach(() => {
    other = join(directory, 'other')
    writeFileSync(other, `goals\n${markers.begin}\nold\n${markers.end}\n`)
  })

  test('take the place of those that stand there, and of nothing else', () => {
    writeFileSync(file, `before\n${markers.begin}\nold\n${markers.end}\nafter\n`)
    updateReadmes(whole, [file, other])
    const section = measuredSection(whole).join('\n')
    expect(readFileSync(file, 'utf8')).toBe(`before\n${markers.begin}\n\n${section}\n\n${markers.end}\nafter\n`)
    expect(readFileSync(other, 'utf8')).toMatch(
      /^goals\n[\s\S]*\| idle traffic at most 1000 B\/s a node +\| - +\| not measured \|/,
    )
    expect(readFileSync(other, 'utf8')).not.toContain('old')
    const once = readFileSync(file, 'utf8')
    updateReadmes(whole, [file, other])
    expect(readFileSync(file, 'utf8')).toBe(once)
  })

  test('are not written where a suite is missing or there is no place for them', () => {
    writeFileSync(file, `${markers.begin}\nold\n${markers.end}\n`)
    expect(() => updateReadmes(resultsOf([suiteWith('death', {})]), [file, other])).toThrow(/not measured: convergence/)
    expect(readFileSync(file, 'utf8')).toContain('old')
    writeFileSync(file, 'no place')
    expect(() => updateReadmes(whole, [other, file])).toThrow(/has no/)
    expect(readFileSync(other, 'utf8')).toContain('old')
  })

  test('stand between their markers, and every plot that is shown is there', () => {
    const text = readFileSync(readmeFile, 'utf8')
    const plots = [...text.matchAll(/\]\((bench\/plots\/[^)]+)\)/g)].map(([, path = '']) => path)
    expect(plots.filter((path) => !existsSync(join(dirname(readmeFile), path)))).toEqual([])
    expect(text.indexOf(markers.begin)).toBeGreaterThan(0)
    expect(text.indexOf(markers.end)).toBeGreaterThan(text.indexOf(markers.begin))
    expect(text).toContain('npm run bench')
  })
})
