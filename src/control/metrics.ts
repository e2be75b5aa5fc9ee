import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Node } from '../node/node.ts'
import type { MemberView, StatsView } from '../node/views.ts'
import { every, type Clock } from '../runtime/clock.ts'
import { countersOf, type CounterOf } from './metric-table.ts'

export interface MetricsOptions {
  readonly node: Node
  readonly clock: Clock
  readonly version: string
  /** Everything that is counted, the node's and the interface's own. */
  readonly stats: () => StatsView
  /** Ends the measuring. */
  readonly signal: AbortSignal
}

/** From one gossip hop on a quiet network to a partition of some minutes. */
const convergenceBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120]

/** From what nobody notices to what makes members doubt each other. */
const lagBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** The event loop is asked this often whether it is late. */
const lagProbeMs = 500

const statuses = ['self', 'alive', 'suspect', 'down', 'left'] as const

/** What is measured of one node, in the text format of Prometheus. Every node has a registry of its own. */
export class Metrics {
  readonly contentType: string
  readonly #registry = new Registry()
  readonly #options: MetricsOptions
  readonly #counters: readonly { readonly of: CounterOf; readonly counter: Counter }[]

  constructor(options: MetricsOptions) {
    this.#options = options
    this.contentType = this.#registry.contentType
    this.#counters = countersOf.map((of) => {
      const { name, help, label } = of
      const counter = new Counter({
        name,
        help,
        registers: [this.#registry],
        labelNames: label === undefined ? [] : [label],
      })
      return { of, counter }
    })
    this.#identity()
    this.#members()
    this.#amounts()
    this.#convergence()
    this.#eventLoop()
    this.#process()
  }

  async text(): Promise<string> {
    const stats = this.#options.stats()
    for (const { of, counter } of this.#counters) {
      counter.reset()
      for (const { labels, value } of of.values(stats)) counter.inc(labels, value)
    }
    return this.#registry.metrics()
  }

  #gauge(name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => {
        gauge.reset()
        collect(gauge)
      },
    })
  }

  #identity(): void {
    const { node, version } = this.#options
    this.#gauge('lampfield_build_info', 'Always 1; the version that runs.', ['version', 'nodejs'], (gauge) =>
      gauge.set({ version, nodejs: process.version }, 1),
    )
    const labels = ['entity', 'name', 'cluster']
    this.#gauge('lampfield_node_info', 'Always 1; which node this is.', labels, (gauge) =>
      gauge.set({ entity: node.entity, name: node.name, cluster: node.cluster }, 1),
    )
    this.#gauge('lampfield_open_cluster', '1 where anyone on the network may join.', [], (gauge) =>
      gauge.set(node.keyed ? 0 : 1),
    )
  }

  #members(): void {
    const { node } = this.#options
    this.#gauge('lampfield_members', 'Members by status, this node included as self.', ['status'], (gauge) => {
      const members = node.members()
      for (const status of statuses) {
        gauge.set({ status }, members.filter((member) => member.status === status).length)
      }
    })
    this.#ofOthers(
      'lampfield_peer_round_trip_seconds',
      'Last measured round trip over the direct link to a member.',
      ({ roundTripMs }) => (roundTripMs === undefined ? undefined : roundTripMs / 1000),
    )
    this.#ofOthers(
      'lampfield_replication_lag_seconds',
      'For how long a member has told of entries that have not arrived here; 0 where nothing is missing.',
      ({ lagMs }) => lagMs / 1000,
    )
    this.#ofOthers(
      'lampfield_digest_agreement',
      '1 where the copies here are what a living member last said they should be, by version and digest; else 0.',
      ({ agrees }) => (agrees ? 1 : 0),
    )
    this.#ofOthers('lampfield_peer_connected', '1 where a direct link to a member is up, else 0.', ({ connected }) =>
      connected ? 1 : 0,
    )
    const help = 'Live entries held of each entity, this node included.'
    this.#gauge('lampfield_entries', help, ['member', 'entity'], (gauge) => {
      for (const { name, entity, entries } of node.members()) gauge.set({ member: name, entity }, entries)
    })
    this.#gauge('lampfield_alarms', 'Standing alarms.', [], (gauge) =>
      gauge.set(new Set(node.members().flatMap(({ alarms }) => alarms)).size),
    )
  }

  /** One figure of each living member but this node. */
  #ofOthers(name: string, help: string, figure: (member: MemberView) => number | undefined): void {
    this.#gauge(name, help, ['member', 'entity'], (gauge) => {
      for (const member of this.#options.node.members()) {
        const value = member.status === 'alive' || member.status === 'suspect' ? figure(member) : undefined
        if (value !== undefined) gauge.set({ member: member.name, entity: member.entity }, value)
      }
    })
  }

  #amounts(): void {
    const { node, stats } = this.#options
    const amounts = [
      ['lampfield_documents', 'Replicated documents held.', 'documents'],
      ['lampfield_document_bytes', 'Bytes of the keys and values of all live entries held.', 'document_bytes'],
      ['lampfield_document_items', 'Items that the documents hold in memory, history included.', 'document_items'],
      [
        'lampfield_room_bytes',
        'What the entries of all other servers may take of the memory together, as reckoned.',
        'room_bytes',
      ],
      ['lampfield_room_used_bytes', 'What they take of it.', 'room_used_bytes'],
      [
        'lampfield_entities_without_room',
        'Servers whose entries found no room and do not count.',
        'entities_without_room',
      ],
      ['lampfield_changes_pending', 'Own changes that wait to be gossiped.', 'changes_pending'],
      ['lampfield_writes_owed', 'Records that the disk has not taken yet.', 'writes_owed'],
      ['lampfield_links', 'Direct links to other nodes.', 'links'],
      ['lampfield_event_streams', 'Open event streams.', 'event_streams_open'],
    ] as const
    for (const [name, help, stat] of amounts) this.#gauge(name, help, [], (gauge) => gauge.set(stats()[stat] ?? 0))
    this.#gauge('lampfield_keys', 'Keys with a cluster state.', ['channel'], (gauge) => {
      for (const { channel, keys } of node.channels()) gauge.set({ channel }, keys)
    })
  }

  #convergence(): void {
    const histogram = new Histogram({
      name: 'lampfield_convergence_seconds',
      help: "Time from another member's write to its arrival here, as far as the two servers' clocks agree.",
      buckets: convergenceBuckets,
      registers: [this.#registry],
    })
    const { node, signal } = this.#options
    node.addEventListener(
      'entry',
      ({ detail: { delayMs } }) => {
        if (delayMs !== undefined) histogram.observe(delayMs / 1000)
      },
      { signal },
    )
  }

  #eventLoop(): void {
    const histogram = new Histogram({
      name: 'lampfield_event_loop_lag_seconds',
      help: 'By how much a timer that is due twice a second comes late.',
      buckets: lagBuckets,
      registers: [this.#registry],
    })
    const { clock, signal } = this.#options
    let dueMs = clock.now() + lagProbeMs
    const stop = every(clock, lagProbeMs, () => {
      const now = clock.now()
      histogram.observe(Math.max(0, now - dueMs) / 1000)
      dueMs = now + lagProbeMs
    })
    signal.addEventListener('abort', stop)
  }

  #process(): void {
    this.#gauge('process_resident_memory_bytes', 'Memory that the process holds.', [], (gauge) =>
      gauge.set(process.memoryUsage.rss()),
    )
    this.#gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', [], (gauge) =>
      gauge.set(Math.round(this.#options.clock.wallMs() / 1000 - process.uptime())),
    )
  }
}
