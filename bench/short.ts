import type { Results } from './result.ts'
import { hasSamples, ratioOf, seriesOf, summaryOf } from './series.ts'
import { spread, summary, text } from './statistics.ts'
import type { Row, Series, Table } from './suite.ts'
import { goalsOf } from './goals.ts'
import { productRows } from './products.ts'

/** What a run came to, for its end: the figures in short, others beside Lampfield, and the goals; none of them where it would be empty. */
export function summaryTables(results: Pick<Results, 'suites'>): Table[] {
  const goals = goalsOf(results)
  const tables = [
    {
      title: 'in short: the median of the runs, and in brackets the least and the greatest of them',
      rows: linesOf(results),
    },
    { title: "side by side, and how many times Lampfield's figure of the same round", rows: productRows(results) },
    { title: 'goals, on two cores', rows: goals.every(({ verdict }) => verdict === 'not measured') ? [] : goals },
  ]
  return tables.filter(({ rows }) => rows.length > 0)
}

/** The figures that a newcomer asks for, as the end of every run prints them and README.md shows them. */
export function linesOf(results: Pick<Results, 'suites'>): Row[] {
  return results.suites.flatMap((suite) =>
    suite.status === 'measured' ? (tellers[suite.name]?.(suite.series) ?? []) : [],
  )
}

/** The suites without which the figures of README.md would have holes. */
export const suitesInShort = (): string[] => Object.keys(tellers)

const tellers: Readonly<Record<string, (series: readonly Series[]) => Row[]>> = {
  convergence: (series) =>
    seriesOf(series, 'to_last_node', { kind: 'convergence' }).map((own) => {
      const { nodes = '' } = own.case
      const found = summary(own.runs)
      const floors = [
        ['stream', 'a bare libp2p stream'],
        ['gossipsub', 'bare gossipsub'],
      ] as const
      const beside = floors.flatMap(([kind, name]) => {
        const times = ratioOf(series, 'to_last_node', { nodes, kind: 'convergence' }, { nodes, kind })
        return times === undefined ? [] : [`${text(times)} x ${name}`]
      })
      const figure = `${spread(found, ' ms')}, p99 ${text(found.p99)} ms`
      return line(`one change, until all of ${nodes} nodes show it`, figure, beside.join(', '))
    }),
  throughput: (series) => [
    // One and all; what lies between them is in the suite's own table.
    ...seriesOf(series, 'converged_changes_per_second')
      .filter(({ case: { writers, nodes } }) => writers === 1 || writers === nodes)
      .map((own) =>
        line(
          `changes a second until all of ${own.case['nodes']} show all, ${own.case['writers']} writing`,
          middle(own, ''),
          cpu(series, own.case),
        ),
      ),
    ...seriesOf(series, 'bytes_per_change_and_copy', { burst: 10 }).map((own) => {
      const { nodes = '' } = own.case
      const larger = middleOf(series, 'bytes_per_change_and_copy', { nodes, burst: 100 }, ' B')
      return line(
        `bytes a change and copy in bursts of 10, ${nodes} nodes`,
        middle(own, ' B'),
        `${larger} in bursts of 100`,
      )
    }),
    ...seriesOf(series, 'idle_bytes_out_per_second_and_node').map((own) =>
      line(`nothing to say: traffic out of each of ${own.case['nodes']} nodes`, middle(own, ' B/s')),
    ),
  ],
  death: (series) =>
    seriesOf(series, 'death_seen').map((own) =>
      line(
        `${own.case['way']}: until its entries are gone from all of ${own.case['nodes']} nodes`,
        middle(own, ' ms'),
        `back in ${middleOf(series, 'return_seen', own.case, ' ms')}`,
      ),
    ),
  join: (series) => [
    ...seriesOf(series, 'join_from_first_contact').map((own) =>
      line(
        `a fresh node, from its first contact until it shows ${own.case['entries']} entries`,
        middle(own, ' ms'),
        `${middleOf(series, 'join_from_start', own.case, ' ms')} from its start`,
      ),
    ),
    ...seriesOf(series, 'heap_per_live_entry')
      .slice(-1)
      .map((own) =>
        line(
          `heap of a node for each of ${own.case['entries']} live entries, all changed ${own.case['times']} times`,
          middle(own, ' B'),
        ),
      ),
  ],
  partition: (series) =>
    seriesOf(series, 'healed').map((own) =>
      line(
        `a cut ${own.case['shape']} heals, ${own.case['changes']} changes on each side: until all are equal`,
        middle(own, ' ms'),
        timesLeast(series, own.case),
      ),
    ),
  growth: (series) => {
    const [own] = seriesOf(series, 'heap', { kind: 'lampfield' }).slice(-1)
    if (own === undefined) return []
    const { flips = '' } = own.case
    const megabytes = (kind: string): string =>
      `${text((summaryOf(series, 'heap', { kind, flips })?.p50 ?? Number.NaN) / 1e6)} MB`
    return [
      line(
        `heap of two copies of 100 keys after ${flips} changes`,
        megabytes('lampfield'),
        `a plain Y.Map: ${megabytes('Y.Map')}`,
      ),
    ]
  },
}

const line = (what: string, figure: string, beside = ''): Row => ({ measured: what, figure, beside })

const middle = (own: Series, unit: string): string => (hasSamples(own) ? spread(summary(own.runs), unit) : '-')

const middleOf = (series: readonly Series[], metric: string, wanted: Series['case'], unit: string): string =>
  seriesOf(series, metric, wanted)
    .map((own) => middle(own, unit))
    .join()

const cpu = (series: readonly Series[], wanted: Series['case']): string =>
  `${middleOf(series, 'cpu_seconds_per_10000_changes', wanted, ' s')} of CPU for 10,000`

function timesLeast(series: readonly Series[], wanted: Series['case']): string {
  const [bytes, least] = [summaryOf(series, 'heal_bytes', wanted)?.p50, summaryOf(series, 'least_bytes', wanted)?.p50]
  if (bytes === undefined || least === undefined) return ''
  return least === 0 ? `${text(bytes)} bytes` : `${text(bytes / least)} x the bytes of the bare information`
}
