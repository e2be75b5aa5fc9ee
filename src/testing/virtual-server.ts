import { createMemoryNetwork } from '../network/memory-network.ts'
import { createNode } from '../node/create-node.ts'
import type { Node } from '../node/node.ts'
import type { NodeOptions } from '../node/options.ts'
import { silentLog } from '../runtime/log.ts'
import { skewedClock, type ClockSkew } from '../runtime/virtual-clock.ts'
import { peerIdOf } from '../state/peer-id.ts'
import { MemoryDisk } from '../storage/memory-store.ts'
import type { MemoryHub } from '../network/memory-hub.ts'
import type { Random } from '../runtime/random.ts'
import type { Signatures } from '../runtime/signature.ts'

/** What a virtual server shares with the others of its cluster. */
export interface VirtualWorld {
  readonly hub: MemoryHub
  readonly random: Random
  readonly signatures: Signatures
  /** @internal Reads each message once for all servers. */
  readonly decode?: NonNullable<NodeOptions['decode']>
  /** Lets time go on until a promise is kept. */
  letRun<Result>(promise: Promise<Result>): Promise<Result>
}

/**
 * One server of a virtual cluster: its disk and its clock outlive the nodes that run on it.
 *
 * @example
 * ```ts
 * import { VirtualCluster } from 'lampfield/testing'
 *
 * const cluster = new VirtualCluster({ seed: 1 })
 * const [server] = await cluster.add(1)
 * await cluster.letRun(server!.node.set('device_state', 'Custom:night', 'INUSE'))
 * server!.kill()
 * await server!.start()
 * console.log(server!.node.get('device_state', 'Custom:night'))
 * ```
 */
export class VirtualServer {
  /** The name of its host in the hub, and of its node. */
  readonly name: string
  /** How its clock differs from the cluster's; `offsetMs` may be changed at any time. */
  readonly skew: ClockSkew
  /** What its nodes keep; put another one in for a server that lost its disk. */
  disk: MemoryDisk = new MemoryDisk()
  /** The node that runs on it, or ran on it last. */
  node: Node
  readonly #world: VirtualWorld
  readonly #options: NodeOptions

  /** `rate` is the speed of its clock: 1 is right. */
  constructor(world: VirtualWorld, name: string, options: NodeOptions, rate = 1) {
    this.#world = world
    this.name = name
    this.#options = options
    this.skew = { offsetMs: 0, rate }
    this.node = this.#makeNode()
  }

  /** Starts a new node with what the disk holds. */
  async start(): Promise<void> {
    this.node = this.#makeNode()
    await this.#world.letRun(this.node.start())
  }

  /** As `start`, but time does not go on by itself; `prepare` sees the node before its first event. */
  boot(prepare: (node: Node) => void): Promise<void> {
    this.node = this.#makeNode()
    prepare(this.node)
    return this.node.start()
  }

  /**
   * Kill -9: what was not acknowledged is lost. The others' connections break after `resetAfterMs` milliseconds, default 1;
   * `Infinity` is a loss of power.
   */
  kill(options?: { readonly resetAfterMs?: number }): void {
    this.#world.hub.crash(this.name, options)
    this.disk.crash()
  }

  /** Lets the node say farewell. */
  async stop(): Promise<void> {
    await this.#world.letRun(this.node.stop())
  }

  #makeNode(): Node {
    const { hub, random, signatures, decode } = this.#world
    const clock = skewedClock(hub.clockOf(this.name), this.skew)
    const { log = silentLog } = this.#options
    return createNode({
      name: this.name,
      clock,
      random,
      signatures,
      ...(decode === undefined ? {} : { decode }),
      store: () => this.disk.open(),
      network: ({ keys }) => createMemoryNetwork(hub, { self: peerIdOf(keys.publicKey), host: this.name, log }),
      ...this.#options,
    })
  }
}
