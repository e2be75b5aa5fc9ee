import type { NodeOptions } from '../../src/node/options.ts'
import { VirtualCluster } from '../../src/testing/virtual-cluster.ts'
import { VirtualServer } from '../../src/testing/virtual-server.ts'

/** A virtual server that is asked and told of devices only. */
export class Server extends VirtualServer {
  readonly #cluster: VirtualCluster

  constructor(cluster: VirtualCluster, name: string, options: NodeOptions, rate = 1) {
    super(cluster, name, options, rate)
    this.#cluster = cluster
  }

  async set(device: string, state: string): Promise<void> {
    await this.#cluster.letRun(this.node.set('device_state', device, state as never))
  }

  get(device: string): string | undefined {
    return this.node.get('device_state', device)
  }
}

/** A virtual cluster of such servers. */
export class Cluster extends VirtualCluster {
  override readonly servers: Server[] = []

  override async add(count: number, options: NodeOptions = {}): Promise<Server[]> {
    const before = this.servers.length
    await super.add(count, options)
    return this.servers.slice(before)
  }

  protected override makeServer(name: string, options: NodeOptions): Server {
    return new Server(this, name, options)
  }
}
