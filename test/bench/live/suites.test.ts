import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Results, SuiteResult } from '../../../bench/result.ts'
import { suites as all } from '../../../bench/suites.ts'
import { BenchRun, type BenchEnded } from './bench-run.ts'

/** Those that run where nothing is said; the others have to be installed first. */
const suites = all.filter(({ isExtra }) => isExtra !== true)

/** Metrics of each suite without which its tables and plots would have holes. */
const metrics: Readonly<Record<string, readonly string[]>> = {
  convergence: ['to_last_node', 'to_each_node'],
  throughput: ['converged_changes_per_second', 'bytes_per_change_and_copy', 'idle_bytes_out_per_second_and_node'],
  death: ['death_seen', 'return_seen'],
  join: ['join_from_start', 'join_from_first_contact', 'heap_per_live_entry'],
  partition: ['healed', 'heal_bytes', 'cut_noticed'],
  growth: ['heap', 'document', 'time_per_flip'],
  micro: ['call'],
  scale: ['hops', 'messages_per_change', 'halving_healed', 'heartbeat_bytes'],
}

describe('the smallest run of all suites', () => {
  let directory: string
  let ended: BenchEnded
  let results: Results

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-test-'))
    const file = join(directory, 'out.json')
    const temporary = mkdtempSync(join(directory, 'tmp-'))
    ended = await new BenchRun(['--tiny', '--json', file, '--report', join(directory, 'out.html')], temporary).ended
    results = JSON.parse(readFileSync(file, 'utf8')) as Results
    expect(readdirSync(temporary).filter((name) => name.startsWith('lampfield-'))).toEqual([])
  }, 180_000)

  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const resultOf = (name: string): SuiteResult | undefined => results.suites.find((suite) => suite.name === name)

  test('succeeds as a whole', () => {
    expect(ended).toMatchObject({ code: 0 })
    expect(results).toMatchObject({ format: 1, depth: 'tiny', isWhole: false })
    expect(Object.keys(metrics)).toEqual(suites.map(({ name }) => name))
  })

  test.each(suites.map(({ name }) => name))('%s gives every sample, all finite and none negative', (name) => {
    const result = resultOf(name)
    expect(result).toMatchObject({ status: 'measured' })
    if (result?.status !== 'measured') return
    expect(new Set(result.series.map(({ metric }) => metric))).toEqual(
      new Set([...result.series.map(({ metric }) => metric), ...(metrics[name] ?? [])]),
    )
    const samples = result.series.flatMap(({ runs }) => runs.flat())
    expect(samples.length).toBeGreaterThan(0)
    expect(samples.filter((sample) => !Number.isFinite(sample))).toEqual([])
    expect(result.tables.flatMap(({ rows }) => rows).length).toBeGreaterThan(0)
    expect(ended.out).toContain(`${name}: `)
  })

  test('the report has a section for each suite, with a plot where there is one', () => {
    const page = readFileSync(join(directory, 'out.html'), 'utf8')
    for (const { name } of suites) expect(page).toContain(`<h2 id="${name}">`)
    expect(page.match(/<svg/g)?.length).toBeGreaterThan(suites.length)
  })

  test('the figures in short are printed at the end', () => {
    expect(ended.out).toContain('in short')
    expect(ended.out).toMatch(/one change, until all of 2 nodes show it/)
  })

  test('convergence has its floors in the same run', () => {
    const result = resultOf('convergence')
    if (result?.status !== 'measured') throw new Error('convergence was not measured')
    const kinds = result.series.filter(({ metric }) => metric === 'to_last_node').map((one) => one.case['kind'])
    expect(new Set(kinds)).toEqual(new Set(['convergence', 'gossipsub', 'stream', 'tcp', 'tcp_ping_pong']))
    const sizes = result.series.filter(({ metric }) => metric === 'to_last_node').map(({ runs }) => runs[0]?.length)
    expect(new Set(sizes)).toEqual(new Set([40]))
  })
})
