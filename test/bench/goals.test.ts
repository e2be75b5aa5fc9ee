import { describe, expect, test } from 'vitest'
import { goalsOf } from '../../bench/goals.ts'
import { productRows } from '../../bench/products.ts'
import type { SuiteResult } from '../../bench/result.ts'
import { linesOf } from '../../bench/short.ts'
import type { Series } from '../../bench/suite.ts'
import { tableMarkdown } from '../../bench/table.ts'
import { suiteWith } from './results.ts'

const suite = (name: string, series: readonly Series[]): SuiteResult => {
  return { ...suiteWith(name, {}), status: 'measured', tables: [], ratios: {}, notes: [], series }
}
const of = (metric: string, kind: Series['case'], ...runs: number[][]): Series => ({
  metric,
  unit: '',
  case: kind,
  runs,
})

const convergence = suite('convergence', [
  of('to_last_node', { nodes: 3, kind: 'convergence' }, [4, 4, 4], [6, 6, 6]),
  of('to_last_node', { nodes: 3, kind: 'stream' }, [1, 1, 1], [2, 2, 2]),
  of('to_last_node', { nodes: 8, kind: 'convergence' }, [1]),
])
const versus = suite('versus', [
  of('change', { peer: 'lampfield' }, [2], [], [4]),
  of('change', { peer: 'corosync' }, [4], [1], [4]),
  of('death', { peer: 'lampfield' }, [500], [700]),
  of('death', { peer: 'corosync' }, [8000], [8400]),
])
const goal = (suites: readonly SuiteResult[], about: string): { readonly [name: string]: unknown } =>
  goalsOf({ suites }).find(({ goal: text }) => String(text).includes(about)) ?? {}

describe('the goals', () => {
  test('are judged by the ratios of the same run', () => {
    expect(goal([convergence], 'libp2p stream')).toMatchObject({ measured: '3.5 x', verdict: 'not met' })
    expect(goal([convergence], 'p99')).toMatchObject({ measured: '1.2 x', verdict: 'met' })
    // A round in which one of them failed is not compared.
    expect(goal([versus], 'below that of corosync')).toMatchObject({ measured: '0.75 x', verdict: 'met' })
    expect(goal([versus], 'kill -9')).toMatchObject({ measured: '14 x', verdict: 'met' })
  })

  test('hold for the worst of several figures', () => {
    const bytes = (burst: number, value: number): Series =>
      of('bytes_per_change_and_copy', { nodes: 3, burst }, [value])
    const both = suite('throughput', [bytes(1, 900), bytes(10, 59), bytes(100, 61)])
    expect(goal([both], '60 bytes')).toMatchObject({
      measured: '59 B (10 in a burst), 61 B (100 in a burst)',
      verdict: 'not met',
    })
  })

  test('that were not measured are not met', () => {
    expect(new Set(goalsOf({ suites: [] }).map(({ verdict }) => verdict))).toEqual(new Set(['not measured']))
    expect(goal([convergence], 'corosync')).toMatchObject({ measured: '-', verdict: 'not measured' })
  })
})

describe('products side by side', () => {
  test('have their figures, and how many times those of Lampfield in the same rounds', () => {
    expect(productRows({ suites: [versus] })).toMatchObject([
      { product: 'lampfield', 'a change': '3 ms', 'kill -9 seen': '0.6 s', memory: '-' },
      { product: 'corosync', 'a change': '4 ms (1.5 x)', 'kill -9 seen': '8.2 s (14 x)' },
    ])
  })

  test('that were measured in several runs are compared within each', () => {
    const more = suite('versus', [of('change', { peer: 'lampfield' }, [10]), of('change', { peer: 'redis' }, [5])])
    const rows = productRows({ suites: [versus, more] })
    expect(rows.map(({ product }) => product)).toEqual(['lampfield', 'corosync', 'redis'])
    expect(rows[0]).toMatchObject({ 'a change': '4 ms' })
    expect(rows[2]).toMatchObject({ 'a change': '5 ms (0.5 x)' })
  })
})

describe('the figures in short', () => {
  test('have their spread, and the ratio to what the network alone takes', () => {
    const [first] = linesOf({ suites: [convergence] })
    expect(first).toMatchObject({
      measured: 'one change, until all of 3 nodes show it',
      figure: '5 ms (4-6), p99 6 ms',
      beside: '3.5 x a bare libp2p stream',
    })
  })
})

describe('a table in Markdown', () => {
  test('keeps its cells, whatever is in them', () => {
    expect(tableMarkdown([{ cut: '2|1', healed: 5 }])).toEqual([
      '| cut  | healed |',
      '| ---- | ------ |',
      '| 2\\|1 | 5      |',
    ])
  })
})
