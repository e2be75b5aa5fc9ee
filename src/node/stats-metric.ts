import type { Node } from './node.ts'

/** One number of `Node.stats()`. */
export interface StatsSample {
  /** The node's cluster and name, and the name of the number. */
  readonly labels: { readonly cluster: string; readonly node: string; readonly name: string }
  readonly value: number
}

/** A metric as a prom-client registry (versions 14 and 15) takes it. */
export interface StatsMetric {
  readonly name: string
  readonly help: string
  /** Some numbers of `stats()` are counters; one family has one type, and a gauge may be read as either. */
  readonly type: 'gauge'
  readonly aggregator: 'sum'
  /** Asks the nodes when it is scraped, and never in between. A node that does not run has no samples. */
  get(): Promise<Pick<StatsMetric, 'name' | 'help' | 'type' | 'aggregator'> & { readonly values: StatsSample[] }>
  /** The numbers belong to the nodes: nothing is reset. */
  reset(): void
}

/**
 * The numbers of some nodes as one family, `lampfield_stats{cluster,node,name}`, for a prom-client registry:
 * `registry.registerMetric(statsMetric([node]))`. Lampfield brings no prom-client and touches no default registry.
 *
 * @example
 * ```ts
 * import { createNode, statsMetric } from 'lampfield'
 *
 * const metric = statsMetric([createNode()])
 * console.log((await metric.get()).values.length)
 * ```
 */
export function statsMetric(nodes: readonly Node[]): StatsMetric {
  const family = {
    name: 'lampfield_stats',
    help: 'Counters since the start and gauges of Lampfield nodes, by name',
    type: 'gauge',
    aggregator: 'sum',
  } as const
  return {
    ...family,
    get: async () => ({ ...family, values: nodes.flatMap(samples) }),
    reset() {},
  }
}

function samples(node: Node): StatsSample[] {
  if (node.status !== 'running') return []
  const { cluster, name } = node
  return Object.entries(node.stats()).map(([stat, value]) => ({ labels: { cluster, node: name, name: stat }, value }))
}
