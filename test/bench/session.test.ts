import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { readOptions, UsageError, type Options } from '../../bench/options.ts'
import { failedSuites, measureAll, readResults } from '../../bench/session.ts'
import type { Outcome, Suite } from '../../bench/suite.ts'
import { verify } from '../../bench/verification.ts'

const outcome: Outcome = {
  tables: [{ title: 'milliseconds', rows: [{ nodes: 3, p50: '1.5 (1-2)' }] }],
  series: [{ metric: 'time', unit: 'ms', case: { nodes: 3 }, runs: [[1, 2]] }],
  ratios: { time_to_floor: 2 },
  notes: ['as measured'],
}

const good: Suite = { name: 'good', about: 'gives a result', run: () => Promise.resolve(outcome) }
const wrong: Suite = {
  name: 'wrong',
  about: 'shows something else than was written',
  run: () => {
    verify(false, 'node2 shows 3 keys, 4 were written')
    return Promise.resolve(outcome)
  },
}
const absent: Suite = { ...good, name: 'absent', trouble: () => 'there is no such network here' }

function optionsFor(suites: readonly Suite[]): Options {
  const options = readOptions(['--runs', '1'], suites)
  if (options === undefined) throw new Error('no help was asked for')
  return options
}

let written = ''
beforeEach(() => {
  written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += String(text)
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a session', () => {
  test('keeps what was measured, with where and of what', async () => {
    const results = await measureAll(optionsFor([good]))
    expect(results).toMatchObject({
      format: 1,
      depth: 'overview',
      seed: 1,
      isWhole: false,
      machine: { node: process.version },
      suites: [{ name: 'good', status: 'measured', ...outcome }],
    })
    expect(results.software.packages['yjs']).toMatch(/^\d+\.\d+\.\d+$/)
    expect(failedSuites(results)).toEqual([])
    expect(written).toContain('1.5 (1-2)')
    expect(written).toContain(results.software.revision)
  })

  test('a result that is not what was written fails its suite, and only that', async () => {
    const results = await measureAll(optionsFor([wrong, good]))
    expect(results.suites).toMatchObject([
      { name: 'wrong', status: 'failed', reason: 'node2 shows 3 keys, 4 were written' },
      { name: 'good', status: 'measured' },
    ])
    expect(results.suites[0]).not.toHaveProperty('series')
    expect(failedSuites(results)).toEqual(['wrong'])
    expect(written).toContain('FAILED')
  })

  test('what cannot run here is skipped with its reason, and fails nothing', async () => {
    const results = await measureAll(optionsFor([absent]))
    expect(results.suites).toMatchObject([{ status: 'skipped', reason: 'there is no such network here' }])
    expect(failedSuites(results)).toEqual([])
    expect(written).toContain('skipped: there is no such network here')
  })

  test('results of several runs are shown as one, but not of several machines', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-test-'))
    try {
      const [one, other] = [join(directory, 'one.json'), join(directory, 'other.json')]
      writeFileSync(one, JSON.stringify(await measureAll(optionsFor([good]))))
      const second = await measureAll(optionsFor([absent]))
      writeFileSync(other, JSON.stringify({ ...second, isWhole: true }))
      const merged = readResults([one, other])
      expect(merged.suites.map(({ name }) => name)).toEqual(['good', 'absent'])
      expect(merged.isWhole).toBe(false)
      writeFileSync(other, JSON.stringify({ ...second, fingerprint: 'another' }))
      expect(() => readResults([one, other])).toThrow(/other\.json is of another machine/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })

  test('its results can be shown again from their file', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-test-'))
    try {
      const file = join(directory, 'out.json')
      const results = await measureAll(optionsFor([good]))
      writeFileSync(file, JSON.stringify(results))
      expect(readResults([file])).toEqual(results)
      writeFileSync(file, '{"format":0}')
      expect(() => readResults([file])).toThrow(UsageError)
      expect(() => readResults([join(directory, 'none.json')])).toThrow(/cannot be read as results/)
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})
