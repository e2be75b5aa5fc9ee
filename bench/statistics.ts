/** The value below which a share of the samples lies, with linear interpolation between neighbours (Hyndman and Fan's type 7). */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) return Number.NaN
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (sorted.length - 1) * share
  const low = sorted[Math.floor(at)] ?? Number.NaN
  const high = sorted[Math.ceil(at)] ?? low
  return low + (high - low) * (at - Math.floor(at))
}

export const median = (samples: readonly number[]): number => quantile(samples, 0.5)

/** Several runs of the same measurement in a few numbers. */
export interface Summary {
  /** Median of the runs' medians. */
  readonly p50: number
  /** Of all samples of all runs. */
  readonly p95: number
  readonly p99: number
  /** The least and the greatest of the runs' medians: how far one run can be from another. */
  readonly low: number
  readonly high: number
  /** Samples in all. */
  readonly count: number
}

export function summary(runs: readonly (readonly number[])[]): Summary {
  const medians = runs.filter((run) => run.length > 0).map(median)
  const all = runs.flat()
  return {
    p50: median(medians),
    p95: quantile(all, 0.95),
    p99: quantile(all, 0.99),
    low: Math.min(...medians),
    high: Math.max(...medians),
    count: all.length,
  }
}

/** The median over the runs of how many times `above` is as large as `below` in the same run. */
export function ratio(above: readonly (readonly number[])[], below: readonly (readonly number[])[]): number {
  return median(above.map((run, at) => median(run) / median(below[at] ?? [])))
}

/** Three significant digits, as a number. */
export const rounded = (value: number): number => (Number.isFinite(value) ? Number(value.toPrecision(3)) : value)

/** The median and, in brackets, how far the runs lie apart. */
export function spread({ p50, low, high }: Pick<Summary, 'p50' | 'low' | 'high'>, unit = ''): string {
  return text(p50) + unit + (low === high ? '' : ` (${text(low)}-${text(high)})`)
}

export const text = (value: number): string => {
  if (!Number.isFinite(value)) return '-'
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(rounded(value))
}
