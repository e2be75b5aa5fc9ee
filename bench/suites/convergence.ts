import { Fleet } from '../fleet/fleet.ts'
import { inParts } from '../progress.ts'
import { ratio, rounded, spread, summary, text } from '../statistics.ts'
import { byDepth, type Outcome, type Row, type Series, type Suite, type SuiteRun } from '../suite.ts'
import { floorKinds, type FloorKind } from '../worker/protocol.ts'
import { Probe, type Kind, type Latencies } from './probe.ts'

/**
 * One change after another, each to every node's cluster state; and in the same run, turn about, what the same processes need to send as
 * many bytes by the same times over raw TCP, libp2p streams and bare gossipsub.
 */
export const convergence: Suite = {
  name: 'convergence',
  about: "one change until it is in every node's cluster state, beside what the network alone takes",
  async run(run) {
    const counts = run.nodes ?? byDepth(run, { tiny: [2], overview: [2, 3, 8], long: [2, 3, 5, 8, 12] })
    const series: Series[] = []
    const rows: Row[] = []
    const ratios: Record<string, number> = {}
    const share = inParts(counts.map(gapFor))
    for (const [at, nodes] of counts.entries()) {
      const progress = (done: number): Promise<void> => run.progress(share(at, done), `${nodes} nodes`)
      const measured = await measure(run, nodes, progress)
      series.push(...measured.series)
      rows.push(measured.row)
      for (const [name, value] of Object.entries(measured.ratios)) ratios[`${name}_at_${nodes}`] = value
    }
    return { tables: [{ title: 'milliseconds to the last node', rows }], series, ratios, notes: [] } satisfies Outcome
  },
}

/** Milliseconds from one change to the next: the more nodes share the cores, the longer a change takes them. */
const gapFor = (nodes: number): number => Math.max(6, 3 * nodes)

async function measure(
  run: SuiteRun,
  nodes: number,
  progress: (done: number) => Promise<void>,
): Promise<{ series: Series[]; row: Row; ratios: Record<string, number> }> {
  const runs = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 5 })
  const count = byDepth(run, { tiny: 40, overview: 100, long: 500 })
  await progress(0)
  const fleet = await Fleet.open({ nodes })
  try {
    const probe = new Probe(fleet, gapFor(nodes))
    await probe.prepare()
    const found = new Map<Kind | 'tcp_ping_pong', { last: number[][]; each: number[][] }>()
    const note = (kind: Kind | 'tcp_ping_pong', { last, each }: Latencies): void => {
      const known = found.get(kind) ?? { last: [], each: [] }
      found.set(kind, { last: [...known.last, last], each: [...known.each, each] })
    }
    const kinds: readonly Kind[] = ['convergence', ...floorKinds]
    for (let index = 0; index < runs; index += 1) {
      // Blocks of every kind follow one another, and begin with another kind in each run: a noisy moment hits all alike.
      for (let at = 0; at < kinds.length; at += 1) {
        const kind = kinds[(at + index) % kinds.length] ?? 'convergence'
        note(kind, await probe.block(kind, (index % nodes) + 1, count))
        await progress((index + (at + 1) / kinds.length) / runs)
      }
      const trips = await fleet.node(1).ask('pingPong', { count, bytes: probe.bytes })
      const halves = trips.map((ms) => ms / 2)
      note('tcp_ping_pong', { last: halves, each: halves })
    }
    await probe.verify()
    return described(nodes, found)
  } finally {
    await fleet.close()
  }
}

function described(
  nodes: number,
  found: ReadonlyMap<Kind | 'tcp_ping_pong', { readonly last: number[][]; readonly each: number[][] }>,
): { series: Series[]; row: Row; ratios: Record<string, number> } {
  const runsOf = (kind: Kind | 'tcp_ping_pong'): number[][] => found.get(kind)?.last ?? []
  const series = [...found].flatMap(([kind, { last, each }]): Series[] => [
    { metric: 'to_last_node', unit: 'ms', case: { nodes, kind }, runs: last },
    { metric: 'to_each_node', unit: 'ms', case: { nodes, kind }, runs: each },
  ])
  const own = summary(runsOf('convergence'))
  const to = (kind: FloorKind | 'tcp_ping_pong'): number => ratio(runsOf('convergence'), runsOf(kind))
  const ratios = {
    convergence_to_stream: to('stream'),
    convergence_to_gossipsub: to('gossipsub'),
    convergence_p99_to_p50: own.p99 / own.p50,
  }
  const row = {
    nodes,
    p50: spread(own),
    p95: text(own.p95),
    p99: text(own.p99),
    gossipsub_p50: text(summary(runsOf('gossipsub')).p50),
    stream_p50: text(summary(runsOf('stream')).p50),
    tcp_p50: text(summary(runsOf('tcp')).p50),
    half_round_trip: text(summary(runsOf('tcp_ping_pong')).p50),
    x_gossipsub: rounded(to('gossipsub')),
    x_stream: rounded(to('stream')),
    x_tcp: rounded(to('tcp')),
  }
  return { series, row, ratios }
}
