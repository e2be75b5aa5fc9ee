import type { Results, SuiteResult } from './result.ts'
import { ratio, summary, text } from './statistics.ts'
import type { Series } from './suite.ts'

type Measured = Extract<SuiteResult, { status: 'measured' }>

/** What was measured, and what it came to. */
export interface Line {
  readonly what: string
  readonly figure: string
}

/** The figures that a newcomer asks for, as the end of every run prints them and README.md shows them. */
export function linesOf(results: Results): Line[] {
  return results.suites.flatMap((suite) => (suite.status === 'measured' ? (tellers[suite.name]?.(suite) ?? []) : []))
}

/** The suites without which the figures of README.md would have holes. */
export const suitesInShort = (): string[] => Object.keys(tellers)

const tellers: Readonly<Record<string, (suite: Measured) => Line[]>> = {
  convergence: ({ series }) =>
    each(series, 'to_last_node', 'nodes', ({ case: kind }) => kind['kind'] === 'convergence').map(([nodes, own]) => {
      const stream = series.find(
        ({ metric, case: kind }) => metric === 'to_last_node' && kind['kind'] === 'stream' && kind['nodes'] === nodes,
      )
      const { p50, p99 } = summary(own.runs)
      const floor = stream === undefined ? '' : `, ${text(ratio(own.runs, stream.runs))} x a bare libp2p stream`
      return line(`a change until ${nodes} nodes show it, p50 / p99`, `${text(p50)} / ${text(p99)} ms${floor}`)
    }),
  throughput: ({ series }) => [
    ...each(series, 'converged_changes_per_second', 'nodes', ({ case: kind }) => kind['writers'] === 1).map(
      ([nodes, own]) => line(`changes a second, one writer, shown by ${nodes} nodes`, middle(own)),
    ),
    ...each(series, 'bytes_per_change_and_copy', 'nodes', ({ case: kind }) => kind['burst'] === 100).map(
      ([nodes, own]) => line(`bytes a change and copy in bursts of 100, ${nodes} nodes`, middle(own)),
    ),
    ...each(series, 'idle_bytes_out_per_second_and_node', 'nodes').map(([nodes, own]) =>
      line(`idle traffic out of each of ${nodes} nodes`, `${middle(own)} B/s`),
    ),
  ],
  death: ({ series }) =>
    ['kill -9', 'SIGSTOP', 'clean leave'].flatMap((way) =>
      each(series, 'death_seen', 'nodes', ({ case: kind }) => kind['way'] === way).map(([nodes, own]) =>
        line(`${way}: its entries are gone from all of ${nodes} nodes`, `${middle(own)} ms`),
      ),
    ),
  join: ({ series }) =>
    each(series, 'join_from_start', 'entries').map(([entries, own]) =>
      line(`a fresh node shows all ${entries} entries`, `${middle(own)} ms after its start`),
    ),
  partition: ({ series }) =>
    each(series, 'healed', 'changes').map(([changes, own]) =>
      line(`a healed cut with ${changes} changes on each side, until all are equal`, `${middle(own)} ms`),
    ),
  growth: ({ series }) =>
    [...new Set(series.map(({ case: kind }) => kind['kind']))].flatMap((kind) => {
      const own = each(series, 'heap', 'flips', (one) => one.case['kind'] === kind).at(-1)
      if (own === undefined) return []
      const megabytes = text(summary(own[1].runs).p50 / 1e6)
      return [line(`heap of two ${kind} copies of 100 keys after ${own[0]} changes`, `${megabytes} MB`)]
    }),
}

const line = (what: string, figure: string): Line => ({ what, figure })
const middle = ({ runs }: Series): string => text(summary(runs).p50)

/** The series of a metric by one part of their case. */
function each(
  series: readonly Series[],
  metric: string,
  by: string,
  wanted: (series: Series) => boolean = () => true,
): [number | string, Series][] {
  const found = series.filter((one) => one.metric === metric && by in one.case && wanted(one))
  return found.map((one) => [one.case[by] ?? '', one])
}
