import { until } from '../live/network-support.ts'
import { clusterKey, HonestNodes } from './honest-nodes.ts'
import { Insider } from './insider.ts'

/** Three nodes of good faith, and a member with a modified node that is linked with all of them. */
export class Siege {
  readonly honest: HonestNodes
  readonly insider: Insider

  private constructor(honest: HonestNodes) {
    this.honest = honest
    this.insider = new Insider(honest.cluster, [clusterKey], honest.addresses)
  }

  static async begin(cluster: string, roomBytes?: number): Promise<Siege> {
    const honest = new HonestNodes(cluster, roomBytes)
    await honest.start()
    const siege = new Siege(honest)
    await siege.insider.start()
    await until(() => siege.insider.network.links().length >= honest.nodes.length)
    return siege
  }

  async end(): Promise<void> {
    await this.insider.network.stop()
    await this.honest.stop()
  }
}
