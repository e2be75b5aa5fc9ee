import type { SuiteResult } from '../result.ts'
import { median, quantile, summary } from '../statistics.ts'
import type { Series } from '../suite.ts'
import type { BarChart, Chart, LineChart, Trace } from './chart.ts'

/** A plot and the name of its file. */
export interface Plot {
  readonly name: string
  readonly chart: Chart
}

type Measured = Extract<SuiteResult, { status: 'measured' }>

/** The plots of a suite, made of its samples alone. */
export function plotsOf(result: SuiteResult): Plot[] {
  if (result.status !== 'measured') return []
  return (painters[result.name]?.(result) ?? []).filter(({ chart }) => chart.traces.length > 0)
}

const painters: Readonly<Record<string, (result: Measured) => Plot[]>> = {
  convergence: (result) => [overNodes(result), ...distributions(result)],
  throughput: ({ series }) => [
    bars(series, 'storms', 'Changes a second until all nodes show them', 'changes/s', {
      metric: 'converged_changes_per_second',
      group: 'nodes',
      colour: 'writers',
    }),
    bars(series, 'bytes', 'Bytes a change and copy, all layers above TCP', 'bytes', {
      metric: 'bytes_per_change_and_copy',
      group: 'nodes',
      colour: 'burst',
    }),
  ],
  death: ({ series }) => [
    bars(series, 'death', 'A node ends: until its entry is gone everywhere', 'ms', {
      metric: 'death_seen',
      group: 'nodes',
      colour: 'way',
      isLog: true,
    }),
  ],
  join: ({ series }) => [
    lines(
      'join',
      'A fresh node, until it shows everything',
      ['entries', 'ms'],
      [
        traceOf(series, 'join_from_start', 'entries', 'from its start'),
        traceOf(series, 'join_from_first_contact', 'entries', 'from its first contact'),
      ],
    ),
  ],
  partition: ({ series }) => [
    bars(series, 'partition', 'From the link’s return until all are equal', 'ms', {
      metric: 'healed',
      group: 'changes',
      colour: 'shape',
    }),
  ],
  growth: ({ series }) => [
    growthPlot(series, 'growth-heap', 'Heap of a writer and a copy, 100 keys', 'heap', 'MB', 1e6),
    growthPlot(series, 'growth-document', 'What a newcomer is sent, 100 keys', 'document', 'kB', 1e3),
  ],
  scale: ({ series }) => [
    lines(
      'scale',
      'What grows with the number of nodes (simulated)',
      ['nodes', 'messages or bytes'],
      [
        traceOf(series, 'messages_per_change', 'nodes', 'messages a change'),
        traceOf(series, 'bytes_per_change', 'nodes', 'bytes a change'),
        traceOf(series, 'heartbeat_bytes', 'nodes', 'heartbeat bytes a node and second'),
      ],
    ),
  ],
}

/** The median time to the last node, its percentiles, and the floors. */
function overNodes({ series }: Measured): Plot {
  const own = of(series, 'to_last_node').filter((one) => one.case['kind'] === 'convergence')
  const floors = ['gossipsub', 'stream', 'tcp'].map((kind): Trace => {
    const points = of(series, 'to_last_node').filter((one) => one.case['kind'] === kind)
    return {
      name: `bare ${kind}, p50`,
      points: points.map((one) => [number(one, 'nodes'), middle(one)]),
      style: 'dashed',
    }
  })
  const percentiles = (['p50', 'p95', 'p99'] as const).map((name): Trace => {
    const points = own.map((one) => [number(one, 'nodes'), summary(one.runs)[name]] as const)
    return { name: `Lampfield, ${name}`, points, style: name === 'p50' ? 'solid' : 'dotted' }
  })
  const chart: LineChart = {
    kind: 'lines',
    title: 'One change until it is in every node’s cluster state',
    x: { name: 'nodes' },
    y: { name: 'ms', isLog: true },
    traces: [...percentiles, ...floors],
  }
  return { name: 'convergence', chart }
}

/** For each node count: how large a share of the changes was everywhere after how long. */
function distributions({ series }: Measured): Plot[] {
  const all = of(series, 'to_last_node').filter((one) => one.case['kind'] !== 'tcp_ping_pong')
  const counts = [...new Set(all.map((one) => number(one, 'nodes')))]
  return counts.map((nodes) => {
    const traces = all.flatMap((one): Trace[] => {
      if (number(one, 'nodes') !== nodes) return []
      const samples = one.runs.flat()
      const points = shares.map((share) => [quantile(samples, share), share * 100] as const)
      const kind = String(one.case['kind'])
      const isOwn = kind === 'convergence'
      return [{ name: isOwn ? 'Lampfield' : `bare ${kind}`, points, style: isOwn ? 'solid' : 'dashed' }]
    })
    const title = `${nodes} nodes: share of messages that are at the last node`
    const chart: LineChart = { kind: 'lines', title, x: { name: 'ms', isLog: true }, y: { name: '%' }, traces }
    return { name: `latency-${nodes}`, chart }
  })
}

const shares = Array.from({ length: 200 }, (_, at) => at / 199)

function growthPlot(
  series: readonly Series[],
  name: string,
  title: string,
  metric: string,
  unit: string,
  per: number,
): Plot {
  const kinds = [...new Set(of(series, metric).map((one) => String(one.case['kind'])))]
  const traces = kinds.map((kind): Trace => {
    const points = of(series, metric).filter((one) => one.case['kind'] === kind)
    return { name: kind, points: points.map((one) => [number(one, 'flips'), middle(one) / per]) }
  })
  return lines(name, title, ['flips', unit], traces)
}

/** Both axes are logarithmic: what grows with a power is a straight line. */
function lines(name: string, title: string, [x, y]: readonly [string, string], traces: readonly Trace[]): Plot {
  const axes = { x: { name: x, isLog: true }, y: { name: y, isLog: true } }
  return { name, chart: { kind: 'lines', title, ...axes, traces: traces.filter(({ points }) => points.length > 0) } }
}

function traceOf(series: readonly Series[], metric: string, x: string, name: string): Trace {
  return { name, points: of(series, metric).map((one) => [number(one, x), middle(one)]) }
}

interface Bars {
  readonly metric: string
  /** The parts of the case that make the groups, and the bars of a group. */
  readonly group: string
  readonly colour: string
  readonly isLog?: boolean
}

function bars(series: readonly Series[], name: string, title: string, unit: string, wanted: Bars): Plot {
  const all = of(series, wanted.metric).filter((one) => wanted.colour in one.case)
  const groups = [...new Set(all.map((one) => one.case[wanted.group] ?? ''))]
  const colours = [...new Set(all.map((one) => one.case[wanted.colour] ?? ''))]
  const chart: BarChart = {
    kind: 'bars',
    title,
    categories: groups.map((group) => `${group} ${wanted.group}`),
    y: { name: unit, isLog: wanted.isLog ?? false },
    traces: colours.map((colour) => {
      const values = groups.map((group) => {
        const found = all.find((one) => one.case[wanted.group] === group && one.case[wanted.colour] === colour)
        return found === undefined ? Number.NaN : middle(found)
      })
      return { name: typeof colour === 'number' ? `${wanted.colour} ${colour}` : colour, values }
    }),
  }
  return { name, chart }
}

const of = (series: readonly Series[], metric: string): Series[] => series.filter((one) => one.metric === metric)
const number = (series: Series, name: string): number => Number(series.case[name])
const middle = ({ runs }: Series): number => median(runs.flat())
