import { expect } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import type { AlarmEvent } from '../../src/node/events.ts'
import type { Node } from '../../src/node/node.ts'
import { limits } from '../../src/protocol/limits.ts'
import { until } from '../live/network-support.ts'

export const clusterKey: Uint8Array = new Uint8Array(32).fill(7)

/** Three nodes of good faith on the loopback interface, and all that they have alarmed about. */
export class HonestNodes {
  readonly cluster: string
  readonly nodes: Node[] = []
  readonly alarms: AlarmEvent[] = []

  readonly #roomBytes: number

  constructor(cluster: string, roomBytes: number = limits.roomBytes) {
    this.cluster = cluster
    this.#roomBytes = roomBytes
  }

  get addresses(): string[] {
    return this.nodes.map((node) => node.addresses()[0] ?? '')
  }

  async start(): Promise<void> {
    for (let place = 1; place <= 3; place += 1) {
      const node = createNode({
        name: `pbx${place}`,
        entityId: `02:00:00:00:00:0${place}`,
        cluster: this.cluster,
        clusterKey,
        roomBytes: this.#roomBytes,
        mdns: false,
        listen: ['/ip4/127.0.0.1/tcp/0'],
        peers: this.addresses,
      })
      node.addEventListener('alarm', ({ detail }) => this.alarms.push(detail))
      await node.start()
      this.nodes.push(node)
    }
    await this.everyAlive(2)
  }

  /** Everybody sees so many others alive. */
  async everyAlive(others: number): Promise<void> {
    const alive = (node: Node): number => node.members().filter(({ status }) => status === 'alive').length
    await until(() => this.nodes.every((node) => alive(node) >= others), 20_000)
  }

  /** Each says something new, and all show it. */
  async expectAgreement(): Promise<void> {
    const mark = `Custom:${performance.now()}`
    for (const node of this.nodes) await node.set('device_state', `${mark}.${node.name}`, 'INUSE')
    const shows = (node: Node): boolean =>
      this.nodes.every(({ name }) => node.get('device_state', `${mark}.${name}`) === 'INUSE')
    await until(() => this.nodes.every(shows), 20_000)
  }

  /** Those have cut a peer off, and named it. */
  async expectCutOff(peer: string, by: readonly Node[] = this.nodes, limitMs: number = 20_000): Promise<void> {
    const named = (): AlarmEvent[] =>
      this.alarms.filter(({ kind, sentence }) => kind === 'misconduct' && sentence.includes(peer))
    await until(() => named().length >= by.length, limitMs)
    expect(named()).toHaveLength(by.length)
    for (const node of by) expect(node.stats()['peers_cut_off']).toBeGreaterThan(0)
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()))
  }
}
