import { createMemoryNetwork } from '../../src/network/memory-network.ts'
import { MemoryHub } from '../../src/network/memory-hub.ts'
import type { MemoryHubOptions } from '../../src/network/memory-hub-options.ts'
import { createNode } from '../../src/node/create-node.ts'
import type { Node } from '../../src/node/node.ts'
import type { NodeOptions } from '../../src/node/options.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { seededRandom, type Random } from '../../src/runtime/random.ts'
import { skewedClock, VirtualClock, type ClockSkew } from '../../src/runtime/virtual-clock.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { MemoryDisk } from '../../src/storage/memory-store.ts'
import { quickSignatures } from './quick-signatures.ts'

/** The entity ID of a test server by its number, from 1. */
export const entityIdOf = (number: number): string =>
  `02:00:00:00:${[number >> 8, number & 255].map((byte) => byte.toString(16).padStart(2, '0')).join(':')}`

/** One server of a test cluster: its disk and its clock outlive the nodes that run on it. */
export class Server {
  readonly name: string
  readonly skew: ClockSkew
  disk: MemoryDisk = new MemoryDisk()
  node: Node
  readonly #cluster: Cluster
  readonly #options: NodeOptions

  /** `rate` is the speed of its clock: 1 is right. */
  constructor(cluster: Cluster, name: string, options: NodeOptions, rate = 1) {
    this.#cluster = cluster
    this.name = name
    this.#options = options
    this.skew = { offsetMs: 0, rate }
    this.node = this.#makeNode()
  }

  /** Starts a node with what the disk holds. */
  async start(): Promise<void> {
    this.node = this.#makeNode()
    await this.#cluster.letRun(this.node.start())
  }

  /** As `start`, but time does not go on by itself; `prepare` sees the node before its first event. */
  boot(prepare: (node: Node) => void): Promise<void> {
    this.node = this.#makeNode()
    prepare(this.node)
    return this.node.start()
  }

  /** Kill -9: the others' connections break at once, unless the power went. */
  kill(options?: { readonly resetAfterMs?: number }): void {
    this.#cluster.hub.crash(this.name, options)
    this.disk.crash()
  }

  async stop(): Promise<void> {
    await this.#cluster.letRun(this.node.stop())
  }

  async set(device: string, state: string): Promise<void> {
    await this.#cluster.letRun(this.node.set('device_state', device, state as never))
  }

  get(device: string): string | undefined {
    return this.node.get('device_state', device)
  }

  #makeNode(): Node {
    const { hub, random, signatures } = this.#cluster
    const clock = skewedClock(hub.clockOf(this.name), this.skew)
    const { log = silentLog } = this.#options
    return createNode({
      name: this.name,
      clock,
      random,
      signatures,
      store: () => this.disk.open(),
      network: ({ keys }) => createMemoryNetwork(hub, { self: peerIdOf(keys.publicKey), host: this.name, log }),
      ...this.#options,
    })
  }
}

/** A cluster in one process and in virtual time: the real core on the network in memory. */
export class Cluster {
  readonly clock: VirtualClock = new VirtualClock()
  readonly random: Random
  readonly hub: MemoryHub
  readonly signatures: ReturnType<typeof quickSignatures>
  readonly servers: Server[] = []

  constructor(options: { readonly seed: number; readonly hub?: Partial<MemoryHubOptions> }) {
    this.random = seededRandom(options.seed)
    this.signatures = quickSignatures(this.random)
    this.hub = new MemoryHub({ clock: this.clock, random: this.random, ...options.hub })
  }

  /** Adds and starts servers; their entity IDs are numbered. */
  async add(count: number, options: NodeOptions = {}): Promise<Server[]> {
    const added: Server[] = []
    for (let index = 0; index < count; index += 1) {
      const number = this.servers.length + 1
      const server = new Server(this, `server${number}`, { entityId: entityIdOf(number), ...options })
      this.servers.push(server)
      added.push(server)
      await server.start()
    }
    return added
  }

  /** Time passes. */
  async pass(ms: number): Promise<void> {
    await this.clock.advanceAsync(ms)
  }

  /** Lets time pass in small steps until the condition holds; returns how long it took, or undefined after the limit. */
  async until(condition: () => boolean, limitMs: number, stepMs = 1): Promise<number | undefined> {
    const startMs = this.clock.now()
    while (!condition()) {
      if (this.clock.now() - startMs >= limitMs) return undefined
      await this.pass(stepMs)
    }
    return this.clock.now() - startMs
  }

  /** Everybody sees everybody alive and is linked with them. */
  async settle(limitMs = 10_000): Promise<number | undefined> {
    const running = (): Server[] => this.servers.filter(({ node }) => node.status === 'running')
    return this.until(
      () =>
        running().every(
          ({ node }) =>
            node.members().filter(({ status, connected }) => status === 'alive' && connected).length ===
            running().length - 1,
        ),
      limitMs,
      10,
    )
  }

  /** Time goes on until a promise of a node is kept. */
  async letRun<Result>(promise: Promise<Result>): Promise<Result> {
    const kept = { done: false }
    const watched = promise.finally(() => {
      kept.done = true
    })
    watched.catch(() => {})
    for (let step = 0; !kept.done && step < 10_000; step += 1) await this.clock.advanceAsync(1)
    return watched
  }
}
