import { describe, expect, test } from 'vitest'
import { svgFileOf, svgOf } from '../../bench/report/chart.ts'
import { pageOf } from '../../bench/report/page.ts'
import { allPlots, plotsOf } from '../../bench/report/plots.ts'
import type { SuiteResult } from '../../bench/result.ts'
import { resultsOf } from './results.ts'

const series = ['convergence', 'stream', 'tcp_ping_pong'].flatMap((kind, at) =>
  [2, 3].map((nodes) => {
    return { metric: 'to_last_node', unit: 'ms', case: { nodes, kind }, runs: [[5 - at, 6 - at], [7 - at]] }
  }),
)
const measured: SuiteResult = {
  name: 'convergence',
  about: 'one <change> & its "way"',
  seconds: 1,
  status: 'measured',
  tables: [
    {
      title: 'milliseconds',
      rows: [
        { nodes: 2, p50: '5.5 (5-6)' },
        { nodes: 3, p99: 7 },
      ],
    },
  ],
  series,
  ratios: {},
  notes: ['as measured'],
}
const failed: SuiteResult = {
  name: 'death',
  about: 'a node ends',
  seconds: 2,
  status: 'failed',
  reason: 'node2 shows 3 keys',
}
const page = pageOf(resultsOf([measured, failed]))

describe('the report', () => {
  test('holds everything it shows', () => {
    expect(page).not.toMatch(/<script|<link|<img|<iframe|@import|url\(\s*['"]?https?:/)
    // Names of SVG's own vocabulary are no addresses that anybody fetches.
    const addresses = [...page.matchAll(/https?:\/\/[^"' )<]+/g)].map(([address]) => address)
    expect(addresses.filter((address) => !address.startsWith('http://www.w3.org/'))).toEqual([])
  })

  test('shows tables, plots, every measurement and what failed', () => {
    expect(page).toContain('5.5 (5-6)')
    expect(page.match(/<svg/g)?.length).toBe(plotsOf(measured).length)
    expect(page).toContain('to_last_node')
    expect(page).toContain('failed: node2 shows 3 keys')
  })

  test('takes nothing for markup that is text', () => {
    expect(page).toContain('one &lt;change&gt; &amp; its &quot;way&quot;')
  })
})

describe('the plots', () => {
  test('of convergence are one over the node counts and a distribution for each', () => {
    expect(plotsOf(measured).map(({ name }) => name)).toEqual(['convergence', 'latency-2', 'latency-3'])
    const svg = svgOf(plotsOf(measured)[0]?.chart ?? expect.fail('there is no plot'))
    expect(svg).toMatch(/^<svg[^>]*width="760"/)
    expect(svg).toContain('Lampfield, p99')
  })

  test('of a suite that was measured in several runs show all of them', () => {
    const versus = (peer: string): SuiteResult => {
      const series = ['lampfield', peer].map((name) => ({
        metric: 'change',
        unit: 'ms',
        case: { peer: name },
        runs: [[1, 2]],
      }))
      return { ...measured, name: 'versus', series }
    }
    const plots = allPlots([versus('redis'), failed, versus('nats')])
    const { chart } = plots.find(({ name }) => name === 'versus-change') ?? expect.fail('there is no plot')
    expect(chart.kind === 'dots' && chart.dots.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['lampfield', 2],
      ['redis', 1],
      ['nats', 1],
    ])
    expect(svgFileOf(chart)).toContain('prefers-color-scheme:dark')
  })

  test('leave out what was not measured', () => {
    expect(plotsOf(failed)).toEqual([])
    expect(plotsOf({ ...measured, name: 'partition' })).toEqual([])
  })
})
