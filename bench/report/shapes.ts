import { hasSamples, numberIn, seriesOf } from '../series.ts'
import { median, quantile, summary } from '../statistics.ts'
import type { Series } from '../suite.ts'
import type { BarChart, Chart, Trace } from './chart.ts'

/** A plot and the name of its file. */
export interface Plot {
  readonly name: string
  readonly chart: Chart
}

/** Both axes are logarithmic: what grows with a power is a straight line. */
export function lines(name: string, title: string, [x, y]: readonly [string, string], traces: readonly Trace[]): Plot {
  const axes = { x: { name: x, isLog: true }, y: { name: y, isLog: true } }
  return { name, chart: { kind: 'lines', title, ...axes, traces: traces.filter(({ points }) => points.length > 0) } }
}

export function traceOf(series: readonly Series[], metric: string, x: string, name: string): Trace {
  return { name, points: seriesOf(series, metric).map((one) => [numberIn(one, x), middle(one)]) }
}

export function sharesPlot(name: string, title: string, traces: readonly Trace[]): Plot {
  return { name, chart: { kind: 'lines', title, x: { name: 'ms', isLog: true }, y: { name: '%' }, traces } }
}

const shares = Array.from({ length: 200 }, (_, at) => at / 199)

export function distribution(name: string, { runs }: Series): Trace {
  const samples = runs.flat()
  return { name, points: shares.map((share) => [quantile(samples, share), share * 100] as const) }
}

interface Bars {
  readonly metric: string
  /** The parts of the case that make the groups, and the bars of a group. */
  readonly group: string
  readonly colour: string
}

export function bars(series: readonly Series[], name: string, title: string, unit: string, wanted: Bars): Plot {
  const all = seriesOf(series, wanted.metric).filter((one) => wanted.colour in one.case)
  const groups = [...new Set(all.map((one) => one.case[wanted.group] ?? ''))]
  const tints = [...new Set(all.map((one) => one.case[wanted.colour] ?? ''))]
  const chart: BarChart = {
    kind: 'bars',
    title,
    categories: groups.map((group) => `${group} ${wanted.group}`),
    y: { name: unit },
    traces: tints.map((tint) => {
      const values = groups.map((group) => {
        const found = all.find((one) => one.case[wanted.group] === group && one.case[wanted.colour] === tint)
        return found === undefined ? Number.NaN : middle(found)
      })
      return { name: typeof tint === 'number' ? `${wanted.colour}: ${tint}` : tint, values }
    }),
  }
  return { name, chart }
}

/** A line for each product; Lampfield's is the first. */
export function beside(
  series: readonly Series[],
  name: string,
  title: string,
  unit: string,
  { metric, per = 1 }: { readonly metric: string; readonly per?: number },
): Plot {
  const found = seriesOf(series, metric).filter(hasSamples)
  const peers = [...new Set(found.map((one) => String(one.case['peer'])))]
  const dots = peers.map((peer) => {
    const runs = seriesOf(found, metric, { peer }).flatMap((one) => one.runs.filter((run) => run.length > 0))
    return { name: peer, middle: summary(runs).p50 / per, runs: runs.map((run) => median(run) / per) }
  })
  return { name, chart: { kind: 'dots', title, x: { name: `${unit}, logarithmic`, isLog: true }, dots } }
}

export const middle = ({ runs }: Series): number => summary(runs).p50
