import type { Results } from './result.ts'
import { numberIn, ratioOf, seriesOf, summaryOf } from './series.ts'
import { rounded, summary, text } from './statistics.ts'
import type { Row, Series } from './suite.ts'

/** What this is meant to reach on a machine of two cores; all at three nodes. */
interface Goal {
  readonly goal: string
  /** Bounds that are counted in. */
  readonly most?: number
  readonly least?: number
  readonly unit: string
  /** Each figure of one suite that has to keep the bound, with what tells it from the others; none where it was not measured. */
  readonly read: (series: readonly Series[]) => readonly (readonly [value: number | undefined, of?: string])[]
}

const nodes = 3
const [lampfield, corosync] = [{ peer: 'lampfield' }, { peer: 'corosync' }]

const goals: readonly Goal[] = [
  {
    goal: "a change's p50 at most 2 x that of one libp2p stream",
    most: 2,
    unit: ' x',
    read: (series) => [[ratioOf(series, 'to_last_node', { nodes, kind: 'convergence' }, { nodes, kind: 'stream' })]],
  },
  {
    goal: "a change's p50 below that of corosync",
    most: 1,
    unit: ' x',
    read: (series) => [[ratioOf(series, 'change', lampfield, corosync)]],
  },
  {
    goal: "a change's p99 at most 5 x its p50",
    most: 5,
    unit: ' x',
    read(series) {
      const found = summaryOf(series, 'to_last_node', { nodes, kind: 'convergence' })
      return found === undefined ? [] : [[found.p99 / found.p50]]
    },
  },
  {
    goal: 'at least 30,000 changes a second shown by all',
    least: 30_000,
    unit: '/s',
    read: (series) =>
      eachOf(series, 'converged_changes_per_second', { nodes }, 'writers', 'writing')
        .toSorted(([one], [other]) => other - one)
        .slice(0, 1),
  },
  {
    goal: 'a kill -9 seen 10 x sooner than by corosync',
    least: 10,
    unit: ' x',
    read: (series) => [[ratioOf(series, 'death', corosync, lampfield)]],
  },
  {
    goal: 'a cut of 2|1 healed within 1000 ms',
    most: 1000,
    unit: ' ms',
    read: (series) => eachOf(series, 'healed', { shape: '2|1' }, 'changes', 'changes on each side'),
  },
  {
    goal: '10,000 entries at most 300 ms after first contact',
    most: 300,
    unit: ' ms',
    read: (series) => [[summaryOf(series, 'join_from_first_contact', { entries: 10_000 })?.p50]],
  },
  {
    goal: 'at most 60 bytes a change at batches of 10 and more',
    most: 60,
    unit: ' B',
    read: (series) =>
      eachOf(
        series.filter((one) => numberIn(one, 'burst') >= 10),
        'bytes_per_change_and_copy',
        { nodes },
        'burst',
        'in a burst',
      ),
  },
  {
    goal: 'idle traffic at most 1000 B/s a node',
    most: 1000,
    unit: ' B/s',
    read: (series) => [[summaryOf(series, 'idle_bytes_out_per_second_and_node', { nodes })?.p50]],
  },
  {
    goal: 'heap at most 600 B a live entry, for ever',
    most: 600,
    unit: ' B',
    read: (series) => eachOf(series, 'heap_per_live_entry', {}, 'entries', 'entries').slice(-1),
  },
]

/** What every goal came to in a run: met, or not, or not measured. */
export function goalsOf(results: Pick<Results, 'suites'>): Row[] {
  const measured = results.suites.flatMap((suite) => (suite.status === 'measured' ? [suite.series] : []))
  return goals.map(({ goal, most = Number.POSITIVE_INFINITY, least = 0, unit, read }) => {
    const found = measured.flatMap((series) =>
      read(series).flatMap(([value, of = '']) => (value === undefined ? [] : [[value, of] as const])),
    )
    const isMet = found.every(([value]) => value <= most && value >= least)
    return {
      goal,
      measured: found.map(([value, of]) => `${text(value)}${unit}${of === '' ? '' : ` (${of})`}`).join(', ') || '-',
      verdict: found.length === 0 ? 'not measured' : isMet ? 'met' : 'not met',
    }
  })
}

function eachOf(
  series: readonly Series[],
  metric: string,
  wanted: Series['case'],
  by: string,
  word: string,
): [number, string][] {
  return seriesOf(series, metric, wanted)
    .filter((one) => by in one.case)
    .map((one) => [rounded(summary(one.runs).p50), `${one.case[by]} ${word}`])
}
