import { Fleet } from '../fleet/fleet.ts'
import type { WorkerProcess } from '../fleet/worker-process.ts'
import { inParts } from '../progress.ts'
import { ratio, rounded, spread, summary, text } from '../statistics.ts'
import { byDepth, type Outcome, type Row, type Series, type Suite, type SuiteRun } from '../suite.ts'
import { verify } from '../verification.ts'
import { floorKinds, type FloorKind, type Sighting } from '../worker/protocol.ts'
import { keyOf, valueOf, type Block } from '../worker/workload.ts'

const prefix = 'probe'
const keys = 20

/** Milliseconds from each change to the last other node that showed it, and to each of them. */
interface Latencies {
  readonly last: number[]
  readonly each: number[]
}

type Kind = 'convergence' | FloorKind

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

/** Sends changes and bare messages through one fleet, and knows what must have arrived. */
class Probe {
  /** Size of a message with one change, as the nodes send it. */
  bytes = 256
  readonly #fleet: Fleet
  readonly #gapMs: number
  readonly #written = new Map<number, number>()

  constructor(fleet: Fleet, gapMs: number) {
    this.#fleet = fleet
    this.#gapMs = gapMs
  }

  async prepare(): Promise<void> {
    const { nodes } = this.#fleet
    const addresses = await Promise.all(nodes.map((node) => node.ask('openFloors', undefined)))
    for (const [at, node] of nodes.entries()) {
      await node.ask('linkFloors', { others: addresses.filter((_, other) => other !== at) })
    }
    // Warm-up: what is compiled and cached only at the second use is not what is asked for.
    for (const kind of ['convergence', ...floorKinds] as const) await this.block(kind, 1, 3 * keys)
    const { stats } = await this.#fleet.node(1).ask('gauge', undefined)
    this.bytes = Math.round((stats['published_bytes'] ?? 0) / (stats['messages_published'] ?? 1))
  }

  block(kind: Kind, writer: number, count: number): Promise<Latencies> {
    return kind === 'convergence' ? this.#changes(writer, count) : this.#messages(kind, writer, count)
  }

  /** Everybody shows what was last written. */
  async verify(): Promise<void> {
    const blocks = this.#blocks()
    await this.#fleet.lastToShow(this.#fleet.nodes, blocks)
    await this.#fleet.verify(blocks)
  }

  async #changes(writer: number, count: number): Promise<Latencies> {
    const [sender, others] = this.#split(writer)
    const from = this.#written.get(writer) ?? 0
    // Whole laps only, so that at the end every key has the value of the last one.
    const whole = Math.ceil(count / keys) * keys
    this.#written.set(writer, from + whole)
    await Promise.all(others.map((node) => node.ask('record', undefined)))
    const writes = { prefix: `${prefix}${writer}`, keys, count: whole, from, gapMs: this.#gapMs }
    const begun = await sender.ask('pace', writes)
    await this.#fleet.lastToShow(others, this.#blocks())
    const seen = await Promise.all(others.map((node) => node.ask('recorded', undefined)))
    const times = seen.map((sightings) => timesOf(sightings, writes.prefix, from, whole))
    return latencies(begun, times)
  }

  async #messages(kind: FloorKind, writer: number, count: number): Promise<Latencies> {
    const [sender, others] = this.#split(writer)
    await Promise.all(others.map((node) => node.ask('floorSeen', undefined)))
    const begun = await sender.ask('paceFloor', { kind, count, gapMs: this.#gapMs, bytes: this.bytes })
    const times: (number | undefined)[][] = []
    for (const node of others) times.push(await arrivals(node, count))
    return latencies(begun, times)
  }

  #split(writer: number): [WorkerProcess, WorkerProcess[]] {
    const sender = this.#fleet.node(writer)
    return [sender, this.#fleet.nodes.filter((node) => node !== sender)]
  }

  /** What every node must show by now. */
  #blocks(): Block[] {
    return [...this.#written].map(([writer, count]) => {
      return { prefix: `${prefix}${writer}`, keys, lap: Math.floor((count - 1) / keys) }
    })
  }
}

/** When each bare message came; asks until the last one has. */
async function arrivals(node: WorkerProcess, count: number): Promise<(number | undefined)[]> {
  const times: (number | undefined)[] = Array.from({ length: count })
  let missing = count
  for (let tries = 0; missing > 0; tries += 1) {
    verify(tries < 1000, `${missing} of ${count} bare messages did not reach ${node.name}`)
    for (const [sequence, atMs] of await node.ask('floorSeen', undefined)) {
      if (times[sequence] === undefined) missing -= 1
      times[sequence] ??= atMs
    }
  }
  return times
}

/** When each change was shown; every one must have been, in the order in which they were written. */
function timesOf(sightings: readonly Sighting[], prefix: string, from: number, count: number): number[] {
  const ofKey = new Map<string, Sighting[]>()
  for (const sighting of sightings) ofKey.set(sighting.key, [...(ofKey.get(sighting.key) ?? []), sighting])
  return Array.from({ length: count }, (_, index) => {
    const at = from + index
    const sighting = ofKey.get(keyOf(prefix, at % keys))?.[Math.floor(index / keys)]
    verify(sighting?.value === valueOf(Math.floor(at / keys)), `change ${at} was not shown as it was written`)
    return sighting.atMs
  })
}

function latencies(begun: readonly number[], times: readonly (readonly (number | undefined)[])[]): Latencies {
  const each = times.map((ofNode) => begun.map((beginMs, index) => (ofNode[index] ?? Number.NaN) - beginMs))
  const last = begun.map((_, index) => Math.max(...each.map((ofNode) => ofNode[index] ?? Number.NaN)))
  verify(last.every(Number.isFinite), 'a message has no time of arrival')
  verify(
    each.flat().every((ms) => ms >= 0),
    'something arrived before it was sent: the clocks are not one',
  )
  return { last, each: each.flat() }
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
