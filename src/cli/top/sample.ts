import type { ControlClient } from '../../control/client.ts'
import type { MemberShape, NodeView } from '../../control/shapes.ts'
import type { StatsView } from '../../node/views.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Busy, BusyKeys } from './busy.ts'

/** What `top` shows at one moment. */
export interface TopView {
  /** ISO 8601. */
  readonly timestamp: string
  readonly node: Pick<NodeView, 'name' | 'entity' | 'cluster' | 'status' | 'version'>
  readonly members: readonly MemberShape[]
  /** Each a second since the view before; null in the first. */
  readonly rates: Readonly<Record<RateName, number | null>>
  /** Live entries held here, of all entities. */
  readonly entries: number
  /** Own changes that wait to be sent. */
  readonly pending: number
  readonly busiest: readonly Busy[]
}

/** What is told a second, and the counter it comes from. */
const rateCounters = {
  changesPublished: 'changes_published',
  changesApplied: 'changes_applied',
  messagesIn: 'messages_in',
  messagesOut: 'messages_out',
  bytesIn: 'bytes_in',
  bytesOut: 'bytes_out',
} as const
type RateName = keyof typeof rateCounters

/** More members are not asked to be shown live, and a line of JSON stays of a size. */
const busiestMax = 50

/** Looks at a node again and again. */
export class Sampler {
  readonly #client: ControlClient
  readonly #clock: Clock
  readonly #busy: BusyKeys
  #last: { readonly nowMs: number; readonly stats: StatsView } | undefined

  constructor(client: ControlClient, clock: Clock, busy: BusyKeys) {
    this.#client = client
    this.#clock = clock
    this.#busy = busy
  }

  async look(): Promise<TopView> {
    const client = this.#client
    const [node, members, stats] = await Promise.all([client.node(), client.members(), client.stats()])
    const [nowMs, last] = [this.#clock.now(), this.#last]
    this.#last = { nowMs, stats }
    const rate = (counter: string): number | null => {
      if (last === undefined || nowMs <= last.nowMs) return null
      const grown = (stats[counter] ?? 0) - (last.stats[counter] ?? 0)
      // A node that was started again counts anew.
      return Math.max(0, grown) / ((nowMs - last.nowMs) / 1000)
    }
    const { name, entity, cluster, status, version } = node
    return {
      timestamp: new Date(this.#clock.wallMs()).toISOString(),
      node: { name, entity, cluster, status, version },
      members,
      rates: Object.fromEntries(
        Object.entries(rateCounters).map(([short, counter]) => [short, rate(counter)]),
      ) as TopView['rates'],
      entries: stats['entries'] ?? 0,
      pending: stats['changes_pending'] ?? 0,
      busiest: this.#busy.list(busiestMax, nowMs),
    }
  }
}
