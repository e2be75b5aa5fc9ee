import { ratio, summary, type Summary } from './statistics.ts'
import type { Series } from './suite.ts'

/** The series of a metric whose case has at least these parts. */
export function seriesOf(all: readonly Series[], metric: string, wanted: Series['case'] = {}): Series[] {
  const parts = Object.entries(wanted)
  return all.filter((one) => one.metric === metric && parts.every(([name, value]) => one.case[name] === value))
}

/** What the first of them came to; undefined where there is none, or none with a sample. */
export function summaryOf(all: readonly Series[], metric: string, wanted: Series['case'] = {}): Summary | undefined {
  const [found] = seriesOf(all, metric, wanted).filter(hasSamples)
  return found === undefined ? undefined : summary(found.runs)
}

/** How many times a metric in one case is what it is in another, run by run; undefined where one of them was not measured. */
export function ratioOf(
  all: readonly Series[],
  metric: string,
  above: Series['case'],
  below: Series['case'],
): number | undefined {
  const [[one], [other]] = [seriesOf(all, metric, above), seriesOf(all, metric, below)]
  // A run in which either has no sample says nothing.
  const pairs = (one?.runs ?? []).flatMap((run, at) => {
    const beside = other?.runs[at] ?? []
    return run.length === 0 || beside.length === 0 ? [] : [[run, beside] as const]
  })
  if (pairs.length === 0) return undefined
  return ratio(
    pairs.map(([run]) => run),
    pairs.map(([, beside]) => beside),
  )
}

export const hasSamples = ({ runs }: Series): boolean => runs.some((run) => run.length > 0)

/** A part of a series' case as a number. */
export const numberIn = (series: Series, name: string): number => Number(series.case[name])
