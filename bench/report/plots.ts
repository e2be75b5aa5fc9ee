import type { SuiteResult } from '../result.ts'
import { hasSamples, numberIn, seriesOf } from '../series.ts'
import { summary } from '../statistics.ts'
import type { Series } from '../suite.ts'
import type { Chart, LineChart, Trace } from './chart.ts'
import { bars, beside, distribution, lines, middle, sharesPlot, traceOf, type Plot } from './shapes.ts'

/** The plots of a suite, made of its samples alone. */
export function plotsOf(result: SuiteResult): Plot[] {
  if (result.status !== 'measured') return []
  return (painters[result.name]?.(result.series) ?? []).filter(({ chart }) => !isEmpty(chart))
}

/** Those of all suites; a suite that is there several times, from several files, is drawn as one. */
export function allPlots(suites: readonly SuiteResult[]): Plot[] {
  const measured = suites.flatMap((suite) => (suite.status === 'measured' ? [suite] : []))
  const names = [...new Set(measured.map(({ name }) => name))]
  return names.flatMap((name) => {
    const [first, ...others] = measured.filter((suite) => suite.name === name)
    if (first === undefined) return []
    return plotsOf({ ...first, series: [first, ...others].flatMap(({ series }) => series) })
  })
}

const isEmpty = (chart: Chart): boolean => (chart.kind === 'dots' ? chart.dots : chart.traces).length === 0

const painters: Readonly<Record<string, (series: readonly Series[]) => Plot[]>> = {
  convergence: (series) => [overNodes(series), ...distributions(series)],
  throughput: (series) => [
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
  death: (series) => [
    bars(series, 'death', 'A node ends: until its entry is gone everywhere', 'ms', {
      metric: 'death_seen',
      group: 'nodes',
      colour: 'way',
    }),
  ],
  join: (series) => [
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
  partition: (series) => [
    bars(series, 'partition', 'From the link’s return until all are equal', 'ms', {
      metric: 'healed',
      group: 'changes',
      colour: 'shape',
    }),
  ],
  growth: (series) => [
    growthPlot(series, 'growth-heap', 'Heap of a writer and a copy, 100 keys', 'heap', 'MB', 1e6),
    growthPlot(series, 'growth-document', 'What a newcomer is sent, 100 keys', 'document', 'kB', 1e3),
    growthPlot(series, 'growth-time', 'What a change costs, 100 in a batch', 'time_per_flip', 'µs', 1),
  ],
  scale: (series) => [
    lines(
      'scale-messages',
      'Simulated: messages a change',
      ['nodes', 'messages'],
      [
        traceOf(series, 'messages_per_change', 'nodes', 'sent'),
        { name: 'one for each node that needs it', points: least(series), style: 'dashed' },
      ],
    ),
    lines(
      'scale-bytes',
      'Simulated: bytes',
      ['nodes', 'bytes'],
      [
        traceOf(series, 'bytes_per_change', 'nodes', 'a change, all nodes together'),
        traceOf(series, 'heartbeat_bytes', 'nodes', 'nothing to say: a second and node'),
      ],
    ),
  ],
  versus: (series) => [
    beside(series, 'versus-change', 'One change, until both others have it', 'ms', { metric: 'change' }),
    distributionOfPeers(series),
    beside(series, 'versus-storm', 'All write at once: changes a second', '1/s', { metric: 'changes_per_s' }),
    beside(series, 'versus-death', 'kill -9, until both others know', 's', { metric: 'death', per: 1000 }),
    beside(series, 'versus-silence', 'Cable pulled, until both others know', 's', { metric: 'silence', per: 1000 }),
    beside(series, 'versus-heal', 'From the end of a cut until all are equal', 's', { metric: 'heal', per: 1000 }),
    beside(series, 'versus-memory', 'Memory of three participants and all daemons', 'MB', {
      metric: 'memory',
      per: 1e6,
    }),
    beside(series, 'versus-bytes', 'Bytes on the wire for one change alone', 'bytes', { metric: 'bytes_alone' }),
  ],
}

/** The median time to the last node, its percentiles, and the floors. */
function overNodes(series: readonly Series[]): Plot {
  const points = (kind: string, read: 'p50' | 'p95' | 'p99'): Trace['points'] =>
    seriesOf(series, 'to_last_node', { kind }).map((one) => [numberIn(one, 'nodes'), summary(one.runs)[read]])
  const own = { p50: 'solid', p95: 'dashed', p99: 'dotted' } as const
  const chart: LineChart = {
    kind: 'lines',
    title: 'One change, until it is in every node’s cluster state',
    x: { name: 'nodes' },
    y: { name: 'ms', isLog: true },
    traces: [
      ...(['p50', 'p95', 'p99'] as const).map((read): Trace => {
        return { name: `Lampfield, ${read}`, points: points('convergence', read), style: own[read], colour: 0 }
      }),
      ...floors.map(({ kind, name }, at): Trace => {
        return { name: `${name}, p50`, points: points(kind, 'p50'), colour: at + 1 }
      }),
    ],
  }
  return { name: 'convergence', chart }
}

const floors = [
  { kind: 'gossipsub', name: 'bare gossipsub' },
  { kind: 'stream', name: 'bare libp2p streams' },
  { kind: 'tcp', name: 'bare TCP' },
] as const

/** For each node count: how large a share of the changes was everywhere after how long. */
function distributions(series: readonly Series[]): Plot[] {
  const counts = new Set(seriesOf(series, 'to_last_node').map((one) => numberIn(one, 'nodes')))
  return [...counts].map((nodes) => {
    const kinds = [{ kind: 'convergence', name: 'Lampfield' }, ...floors]
    const traces = kinds.flatMap(({ kind, name }, colour): Trace[] =>
      seriesOf(series, 'to_last_node', { nodes, kind }).map((one) => ({ ...distribution(name, one), colour })),
    )
    return sharesPlot(`latency-${nodes}`, `${nodes} nodes: share of messages that are at the last node`, traces)
  })
}

function distributionOfPeers(series: readonly Series[]): Plot {
  const traces = seriesOf(series, 'change')
    .filter(hasSamples)
    .slice(0, coloursAtMost)
    .map((one) => distribution(String(one.case['peer']), one))
  return sharesPlot('versus-latency', 'Share of changes that both others have', traces)
}

/** Lines of more colours cannot be told apart. */
const coloursAtMost = 8

function growthPlot(
  series: readonly Series[],
  name: string,
  title: string,
  metric: string,
  unit: string,
  per: number,
): Plot {
  const kinds = [...new Set(seriesOf(series, metric).map((one) => String(one.case['kind'])))]
  const traces = kinds.map((kind): Trace => {
    const points = seriesOf(series, metric, { kind }).map((one) => [numberIn(one, 'flips'), middle(one) / per] as const)
    return { name: kind === 'lampfield' ? 'Lampfield' : `a plain shared ${kind}`, points }
  })
  return lines(name, title, ['changes in all', unit], traces)
}

const least = (series: readonly Series[]): Trace['points'] =>
  seriesOf(series, 'messages_per_change').map((one) => [numberIn(one, 'nodes'), numberIn(one, 'nodes') - 1])
