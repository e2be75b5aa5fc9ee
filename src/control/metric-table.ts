import type { StatsView } from '../node/views.ts'

interface Counted {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** A metric that only grows, and where its value comes from. */
export interface CounterOf {
  readonly name: string
  readonly help: string
  readonly label?: string
  readonly values: (stats: StatsView) => readonly Counted[]
}

const one =
  (...stats: readonly string[]): CounterOf['values'] =>
  (all) => [{ labels: {}, value: stats.reduce((sum, stat) => sum + (all[stat] ?? 0), 0) }]

const each =
  (label: string, stats: Readonly<Record<string, string>>): CounterOf['values'] =>
  (all) =>
    Object.entries(stats).map(([value, stat]) => ({ labels: { [label]: value }, value: all[stat] ?? 0 }))

/** Refused input: the node counts it as `refused_…`, the interface as `http_refused_…`. */
const refused: CounterOf['values'] = (all) =>
  Object.entries(all).flatMap(([stat, value]) => {
    const match = /^(http_)?refused_(.*)$/.exec(stat)
    return match === null ? [] : [{ labels: { reason: `${match[1] ?? ''}${match[2] ?? ''}` }, value }]
  })

/** Every counter by its name. What the node counts by other names than these is told by `/api/v1/stats`. */
export const countersOf: readonly CounterOf[] = [
  {
    name: 'lampfield_changes_sent_total',
    help: 'Own changes that were gossiped, after those that follow one another at once were put together.',
    values: one('changes_published'),
  },
  {
    name: 'lampfield_transfers_received_total',
    help: 'Steps of other documents that came in, by what became of them.',
    label: 'outcome',
    values: each('outcome', {
      applied: 'transfers_applied',
      duplicate: 'transfers_duplicate',
      stale: 'transfers_stale',
      gap: 'transfers_gap',
      own: 'transfers_own',
      'unknown-entity': 'transfers_unknown_entity',
    }),
  },
  {
    name: 'lampfield_changes_applied_total',
    help: 'Changes of other entities that were applied here.',
    values: one('changes_applied'),
  },
  {
    name: 'lampfield_changes_stale_total',
    help: 'Steps of a life or an epoch that was over when they came.',
    values: one('transfers_stale'),
  },
  {
    name: 'lampfield_anti_entropy_rounds_total',
    help: 'Comparisons with a peer, by how they ended so far.',
    label: 'outcome',
    values: each('outcome', { begun: 'comparisons', failed: 'comparisons_failed' }),
  },
  {
    name: 'lampfield_anti_entropy_pulls_total',
    help: 'Times that missing entries were fetched from a peer.',
    label: 'outcome',
    values: each('outcome', { begun: 'pulls', failed: 'pulls_failed' }),
  },
  {
    name: 'lampfield_anti_entropy_bytes_total',
    help: 'Bytes of entries that were handed over outside of gossip.',
    label: 'direction',
    values: each('direction', { in: 'pulled_bytes', out: 'served_bytes' }),
  },
  {
    name: 'lampfield_suspicions_total',
    help: 'Members that were suspected of being dead.',
    values: one('membership_suspicions'),
  },
  {
    name: 'lampfield_false_suspicions_total',
    help: 'Suspicions that the suspected member refuted.',
    values: one('membership_refuted'),
  },
  { name: 'lampfield_deaths_total', help: 'Members that were taken for dead.', values: one('membership_deaths') },
  {
    name: 'lampfield_disagreements_total',
    help: 'Copies of one version that differed from those of a peer.',
    values: one('disagreements'),
  },
  { name: 'lampfield_repairs_total', help: 'Copies that were fetched anew.', values: one('repairs') },
  {
    name: 'lampfield_refused_total',
    help: 'Input from outside that was turned away, by the reason.',
    label: 'reason',
    values: refused,
  },
  {
    name: 'lampfield_network_bytes_total',
    help: 'Bytes to and from other nodes.',
    label: 'direction',
    values: each('direction', { in: 'bytes_in', out: 'bytes_out' }),
  },
  {
    name: 'lampfield_network_messages_total',
    help: 'Gossiped messages to and from other nodes.',
    label: 'direction',
    values: each('direction', { in: 'messages_in', out: 'messages_out' }),
  },
  {
    name: 'lampfield_dials_total',
    help: 'Attempts to connect to another node.',
    label: 'outcome',
    values: each('outcome', { begun: 'dials', failed: 'dial_failures' }),
  },
  {
    name: 'lampfield_watchdog_renewals_total',
    help: 'Links that were renewed because gossip no longer passed over them.',
    values: one('watchdog_renewals'),
  },
  {
    name: 'lampfield_event_streams_dropped_total',
    help: 'Event streams whose subscriber did not read.',
    values: one('event_streams_dropped'),
  },
]
