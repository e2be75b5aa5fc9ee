import type { MemoryHubOptions } from '../network/memory-hub-options.ts'
import { MemoryHub } from '../network/memory-hub.ts'
import type { NodeOptions } from '../node/options.ts'
import { sharedDecoder } from '../node/shared-decoder.ts'
import { seededRandom, type Random } from '../runtime/random.ts'
import type { Signatures } from '../runtime/signature.ts'
import { VirtualClock } from '../runtime/virtual-clock.ts'
import { quickSignatures } from './quick-signatures.ts'
import { VirtualServer } from './virtual-server.ts'

/** How a virtual cluster is made. */
export interface VirtualClusterOptions {
  /** All chance comes from it: the same seed gives the same run, as far as the test does the same. Print it. */
  readonly seed: number
  /** How parcels travel, how soon a cut is noticed, and so on. Default a local network. */
  readonly hub?: Partial<MemoryHubOptions>
}

/**
 * The entity ID of a virtual server by its number, 1 to 65535.
 *
 * @example
 * ```ts
 * import { entityIdOf } from 'lampfield/testing'
 *
 * console.log(entityIdOf(1))
 * ```
 */
export function entityIdOf(number: number): string {
  const bytes = [number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0'))
  return `02:00:00:00:${bytes.join(':')}`
}

/**
 * A cluster in one process and in virtual time: real nodes on a network in memory. Time moves only while the test asks for it,
 * so hours pass in milliseconds and nothing depends on the machine's speed. Servers are named `server1`, `server2`, …; what happens to the
 * network is told to `hub` by these names.
 *
 * @example
 * ```ts
 * import { VirtualCluster } from 'lampfield/testing'
 *
 * const cluster = new VirtualCluster({ seed: 1 })
 * const [a, b] = await cluster.add(2)
 * await cluster.settle()
 * await a?.node.set('device_state', 'PJSIP/alice', 'INUSE')
 * console.log(await cluster.until(() => b?.node.get('device_state', 'PJSIP/alice') === 'INUSE', 1000))
 *
 * cluster.hub.partition(['server1'], ['server2'])
 * await cluster.until(() => b?.node.get('device_state', 'PJSIP/alice') === undefined, 30_000)
 * ```
 */
export class VirtualCluster {
  /** The time of all servers, before their skew. */
  readonly clock: VirtualClock = new VirtualClock()
  /** Chance for all servers and the network. */
  readonly random: Random
  /** The network: paths are cut, shaped and healed here, hosts stopped. */
  readonly hub: MemoryHub
  /** Not secure, but as strict as the real ones and a hundred times as fast. */
  readonly signatures: Signatures
  /** @internal */
  readonly decode: ReturnType<typeof sharedDecoder> = sharedDecoder()
  /** All servers, in the order in which they were added. */
  readonly servers: VirtualServer[] = []

  constructor(options: VirtualClusterOptions) {
    this.random = seededRandom(options.seed)
    this.signatures = quickSignatures(this.random)
    this.hub = new MemoryHub({ clock: this.clock, random: this.random, ...options.hub })
  }

  /** Adds and starts servers; their entity IDs are numbered. `options` win over what the cluster gives its nodes. */
  async add(count: number, options: NodeOptions = {}): Promise<VirtualServer[]> {
    const added: VirtualServer[] = []
    for (let index = 0; index < count; index += 1) {
      const number = this.servers.length + 1
      const server = this.makeServer(`server${number}`, { entityId: entityIdOf(number), ...options })
      this.servers.push(server)
      added.push(server)
      await server.start()
    }
    return added
  }

  /** Milliseconds of virtual time pass. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms)
  }

  /**
   * Lets time pass in steps of `stepMs` milliseconds until the condition holds; resolves with how long it took, or with undefined where it
   * did not hold after `limitMs`.
   */
  async until(condition: () => boolean, limitMs: number, stepMs = 1): Promise<number | undefined> {
    const startMs = this.clock.now()
    while (!condition()) {
      if (this.clock.now() - startMs >= limitMs) return undefined
      await this.pass(stepMs)
    }
    return this.clock.now() - startMs
  }

  /** Everybody sees everybody alive and is linked with them; as `until`. */
  async settle(limitMs = 10_000): Promise<number | undefined> {
    const running = (): VirtualServer[] => this.servers.filter(({ node }) => node.status === 'running')
    const linked = ({ node }: VirtualServer): number =>
      node.members().filter(({ status, connected }) => status === 'alive' && connected).length
    return this.until(() => running().every((server) => linked(server) === running().length - 1), limitMs, 10)
  }

  /** Time goes on, for at most 10 seconds, until a promise of a node is kept: for what waits for time to pass. */
  async letRun<Result>(promise: Promise<Result>): Promise<Result> {
    const kept = { done: false }
    const watched = promise.finally(() => {
      kept.done = true
    })
    watched.catch(() => {})
    for (let step = 0; !kept.done && step < 10_000; step += 1) await this.clock.advanceAsync(1)
    return watched
  }

  /** Makes a server that is not started; for clusters whose servers can do more. */
  protected makeServer(name: string, options: NodeOptions): VirtualServer {
    return new VirtualServer(this, name, options)
  }
}
