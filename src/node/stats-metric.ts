import type { Node } from './node.ts'

/** One number of `Node.stats()`. */
interface StatsSample {
  /** The node's cluster and name, and the name of the number. */
  readonly labels: { readonly cluster: string; readonly node: string; readonly name: string }
  readonly value: number
}

/** A metric as a prom-client registry takes it. */
interface StatsMetric {
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

/** What is used of a prom-client registry (versions 14 and 15). */
export interface StatsRegistry {
  /** Takes a metric that is asked when the registry is scraped. */
  registerMetric(metric: object): void
}

/**
 * Shows the numbers of some nodes as one family, `lampfield_stats{cluster,node,name}`, in a prom-client registry. Lampfield touches no
 * default registry; a node that does not run has no samples.
 *
 * @example
 * ```ts
 * import { createNode, registerStats } from 'lampfield'
 * import { Registry } from 'prom-client'
 *
 * const registry = new Registry()
 * registerStats(registry, [createNode()])
 * console.log(await registry.metrics())
 * ```
 */
export function registerStats(registry: StatsRegistry, nodes: readonly Node[]): void {
  registry.registerMetric(statsMetric(nodes))
}

function statsMetric(nodes: readonly Node[]): StatsMetric {
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
