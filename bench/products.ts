import type { Results } from './result.ts'
import { hasSamples, ratioOf, seriesOf } from './series.ts'
import { summary, text } from './statistics.ts'
import type { Row, Series } from './suite.ts'

/** One column of the table, and in how many of the series' units its figures are told. */
interface Column {
  readonly title: string
  readonly metric: string
  readonly unit: string
  readonly per: number
}

const columns: readonly Column[] = [
  { title: 'a change', metric: 'change', unit: 'ms', per: 1 },
  { title: 'all write at once', metric: 'changes_per_s', unit: '/s', per: 1 },
  { title: 'kill -9 seen', metric: 'death', unit: 's', per: 1000 },
  { title: 'pulled cable seen', metric: 'silence', unit: 's', per: 1000 },
  { title: 'cut healed', metric: 'heal', unit: 's', per: 1000 },
  { title: 'memory', metric: 'memory', unit: 'MB', per: 1e6 },
  { title: 'bytes a change alone', metric: 'bytes_alone', unit: 'B', per: 1 },
  { title: 'in a storm', metric: 'bytes_in_storm', unit: 'B', per: 1 },
]

const own = 'lampfield'

/** What `versus` measured, side by side: medians, and in how many times Lampfield's of the same round they are. */
export function productRows(results: Pick<Results, 'suites'>): Row[] {
  const runs = results.suites.flatMap((suite) =>
    suite.name === 'versus' && suite.status === 'measured' ? [suite.series] : [],
  )
  const peers = [...new Set(runs.flatMap((series) => series.map((one) => String(one.case['peer']))))]
  return peers.map((peer) => {
    // Lampfield is in every run, the others are in those in which they were asked for.
    const series = runs.filter((one) => one.some((each) => each.case['peer'] === peer)).flat()
    return { product: peer, ...Object.fromEntries(columns.map((column) => [column.title, cell(series, peer, column)])) }
  })
}

function cell(series: readonly Series[], peer: string, { metric, unit, per }: Column): string {
  const found = seriesOf(series, metric, { peer }).filter(hasSamples)
  if (found.length === 0) return '-'
  const figure = `${text(summary(found.flatMap(({ runs }) => runs)).p50 / per)} ${unit}`
  const times = peer === own ? undefined : ratioOf(series, metric, { peer }, { peer: own })
  return times === undefined ? figure : `${figure} (${text(times)} x)`
}
