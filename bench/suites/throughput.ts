import { Fleet } from '../fleet/fleet.ts'
import { inParts } from '../progress.ts'
import { median, rounded, spread, summary, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite, type SuiteRun } from '../suite.ts'
import type { Gauge } from '../worker/protocol.ts'
import { pause } from '../worker/pace.ts'
import { keyOf, type Block } from '../worker/workload.ts'

/** The first node writes all of the storms and all of the bursts, and one server may hold 131,072 entries. */
const burstKeysMax = 20_000

/** What one storm, one burst or one idle time cost all nodes together. */
interface Cost {
  readonly cpuMs: number
  readonly bytesOut: number
  readonly published: number
  readonly batches: number
  readonly messages: number
}

/**
 * Everything that some nodes say, until all nodes show all of it. Every key is written once a run, so that no change takes the place of another
 * on its way and the number of changes is the number of entries to carry.
 */
export const throughput: Suite = {
  name: 'throughput',
  about: 'changes a second until all nodes show them all, what they cost, and what silence costs',
  async run(run) {
    const counts = run.nodes ?? byDepth(run, { tiny: [2], overview: [3, 8], long: [2, 3, 5, 8, 12] })
    const series: Series[] = []
    const ratios: Record<string, number> = {}
    const [storms, bursts, idles]: [Row[], Row[], Row[]] = [[], [], []]
    // Every change has to be taken by every node, and they share the cores.
    const share = inParts(counts)
    for (const [at, nodes] of counts.entries()) {
      const progress = (done: number, next: string): Promise<void> =>
        run.progress(share(at, done), `${nodes} nodes, ${next}`)
      const trial = new Trial(run, nodes)
      await trial.all(progress)
      series.push(...trial.series)
      storms.push(...trial.storms)
      bursts.push(...trial.bursts)
      idles.push(...trial.idles)
      Object.assign(ratios, trial.ratios)
    }
    const tables = [
      { title: 'storms: as fast as it goes', rows: storms },
      { title: 'bursts: so many changes in one turn, 20 ms apart', rows: bursts },
      { title: 'idle: nothing is said', rows: idles },
    ]
    return { tables, series, ratios, notes: [] }
  },
}

class Trial {
  readonly series: Series[] = []
  readonly storms: Row[] = []
  readonly bursts: Row[] = []
  readonly idles: Row[] = []
  readonly ratios: Record<string, number> = {}
  readonly #run: SuiteRun
  readonly #nodes: number
  readonly #held = new Map<string, Block>()

  constructor(run: SuiteRun, nodes: number) {
    this.#run = run
    this.#nodes = nodes
  }

  async all(progress: (done: number, next: string) => Promise<void>): Promise<void> {
    await progress(0, 'start')
    const fleet = await Fleet.open({ nodes: this.#nodes })
    try {
      await progress(0.1, 'idle')
      await this.#idle(fleet)
      const writers = [...new Set([1, 2, this.#nodes])].filter((count) => count <= this.#nodes)
      for (const [at, count] of writers.entries()) {
        await progress(0.2 + (0.6 * at) / writers.length, `${count} writers`)
        await this.#storms(fleet, count)
      }
      for (const size of byDepth(this.#run, { tiny: [10], overview: [1, 10, 100], long: [1, 10, 100, 1000] })) {
        await progress(0.8, `bursts of ${size}`)
        await this.#bursts(fleet, size)
      }
      await progress(1, 'done')
    } finally {
      await fleet.close()
    }
  }

  async #storms(fleet: Fleet, writers: number): Promise<void> {
    const { depth } = this.#run
    const runs = this.#run.runs ?? { tiny: 1, overview: 3, long: 7 }[depth]
    // So many copies in all: each change has to get to every node, and the nodes share the cores.
    const copies = { tiny: 2000, overview: 50_000, long: 120_000 }[depth]
    const keys = Math.floor(copies / this.#nodes / writers)
    const rates: number[] = []
    const costs: Cost[] = []
    // The first one fills the documents and is warm-up, and nothing else.
    for (let lap = 0; lap <= runs; lap += 1) {
      const work = fleet.nodes.slice(0, writers).map((node, at) => {
        return [node, [{ prefix: `w${writers}.${at}`, keys, lap }]] as const
      })
      const before = await fleet.gauges()
      for (const [, [block]] of work) this.#held.set(block.prefix, block)
      const shown = fleet.lastToShow(fleet.nodes, [...this.#held.values()])
      const [beginMs, endMs] = await Promise.all([fleet.flood(new Map(work)), shown])
      const cost = costOf(before, await fleet.gauges())
      await fleet.verify([...this.#held.values()])
      if (lap === 0) continue
      rates.push((keys * writers) / ((endMs - beginMs) / 1000))
      costs.push(cost)
    }
    const written = keys * writers
    const kind = { nodes: this.#nodes, writers }
    const cpu = costs.map(({ cpuMs }) => (cpuMs / 1000 / written) * 10_000)
    const bytes = costs.map((cost) => this.#bytesPerCopy(cost, written))
    const batch = costs.map(({ published, batches }) => published / batches)
    this.#note('converged_changes_per_second', '1/s', kind, rates)
    this.#note('cpu_seconds_per_10000_changes', 's', kind, cpu)
    this.#note('bytes_per_change_and_copy', 'B', kind, bytes)
    this.#note('changes_per_batch', '', kind, batch)
    this.storms.push({
      ...kind,
      changes: written,
      changes_per_s: spread(summary(rates.map((rate) => [rate]))),
      cpu_s_per_10000: text(median(cpu)),
      bytes_per_copy: text(median(bytes)),
      changes_per_batch: text(median(batch)),
      changes_sent: text(median(costs.map(({ published }) => published))),
    })
  }

  async #bursts(fleet: Fleet, size: number): Promise<void> {
    const times = Math.min(byDepth(this.#run, { tiny: 5, overview: 25, long: 100 }), burstKeysMax / size)
    const prefix = `burst${size}`
    for (const lap of [0, 1]) {
      const block = { prefix, keys: size * times, lap }
      const before = await fleet.gauges()
      this.#held.set(prefix, block)
      const blocks = [...this.#held.values()]
      const shown = fleet.lastToShow(fleet.nodes, blocks)
      await Promise.all([fleet.node(1).ask('bursts', { block, size, gapMs: 20 }), shown])
      const cost = costOf(before, await fleet.gauges())
      await fleet.verify(blocks)
      if (lap === 0) continue
      const kind = { nodes: this.#nodes, burst: size }
      const bytes = this.#bytesPerCopy(cost, block.keys)
      this.#note('bytes_per_change_and_copy', 'B', kind, [bytes])
      // The key and one byte of value have to get there in any case.
      this.ratios[`bytes_to_least_in_bursts_of_${size}_at_${this.#nodes}`] = bytes / (keyOf(prefix, 0).length + 1)
      this.bursts.push({
        ...kind,
        changes_per_batch: text(cost.published / cost.batches),
        messages: cost.messages,
        bytes_per_copy: text(bytes),
        cpu_s_per_10000: text((cost.cpuMs / 1000 / block.keys) * 10_000),
      })
    }
  }

  async #idle(fleet: Fleet): Promise<void> {
    const restMs = byDepth(this.#run, { tiny: 500, overview: 4000, long: 20_000 })
    // What the start has set off is to come to rest first.
    await pause(restMs / 2)
    const before = await fleet.gauges()
    await pause(restMs)
    const after = await fleet.gauges()
    const perSecond = (read: (gauge: Gauge) => number): number[] =>
      after.map((gauge, at) => {
        const start = before[at] ?? gauge
        return ((read(gauge) - read(start)) / (gauge.atMs - start.atMs)) * 1000
      })
    const kind = { nodes: this.#nodes }
    const bytes = perSecond(({ bytesOut }) => bytesOut)
    const cpu = perSecond(({ cpuMs }) => cpuMs)
    this.#note('idle_bytes_out_per_second_and_node', 'B/s', kind, bytes)
    this.#note('idle_cpu_ms_per_second_and_node', 'ms/s', kind, cpu)
    this.#note(
      'resident_memory',
      'B',
      kind,
      after.map(({ rssBytes }) => rssBytes),
    )
    this.idles.push({
      ...kind,
      bytes_out_per_s: text(median(bytes)),
      cpu_ms_per_s: text(median(cpu)),
      messages_out_per_s: text(median(perSecond(({ stats }) => stats['messages_out'] ?? 0))),
      memory_MB: rounded(median(after.map(({ rssBytes }) => rssBytes / 1e6))),
    })
  }

  /** All layers above TCP, acknowledgements of the multiplexer and heartbeats of that time included; a change has to get to all but its writer. */
  #bytesPerCopy({ bytesOut }: Cost, changes: number): number {
    return bytesOut / changes / (this.#nodes - 1)
  }

  #note(metric: string, unit: string, kind: Series['case'], samples: readonly number[]): void {
    this.series.push({ metric, unit, case: kind, runs: samples.map((sample) => [sample]) })
  }
}

function costOf(before: readonly Gauge[], after: readonly Gauge[]): Cost {
  const total = (read: (gauge: Gauge) => number): number =>
    after.reduce((sum, gauge, at) => sum + read(gauge) - read(before[at] ?? gauge), 0)
  const counted = (name: string): number => total(({ stats }) => stats[name] ?? 0)
  return {
    cpuMs: total(({ cpuMs }) => cpuMs),
    bytesOut: total(({ bytesOut }) => bytesOut),
    published: counted('changes_published'),
    batches: counted('batches_published'),
    messages: counted('messages_published'),
  }
}
