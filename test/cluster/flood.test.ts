import { expect, test } from 'vitest'
import { createMemoryNetwork } from '../../src/network/memory-network.ts'
import { rates } from '../../src/protocol/limits.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { VirtualCluster } from '../../src/testing/virtual-cluster.ts'
import type { VirtualServer } from '../../src/testing/virtual-server.ts'
import { Insider } from '../hostile/insider.ts'
import { MadeUpServers } from '../hostile/made-up.ts'
import { seed } from '../support/seed.ts'

const name = 'flood'
const life = { incarnation: Date.UTC(2025, 0, 1), nonce: 1 }

/**
 * Three honest servers, of which the second and the third hear each other through the first only, and two members that are linked with the first alone, each of
 * which says as much as one neighbour may.
 */
class BetweenFloods {
  readonly cluster: VirtualCluster = new VirtualCluster({ seed })
  readonly floods: Insider[]
  readonly alarms: string[] = []
  readonly deaths: string[] = []

  constructor() {
    const { signatures, hub } = this.cluster
    this.floods = [1, 2].map((number) => {
      const network = ({ publicKey }: { readonly publicKey: Uint8Array }) =>
        createMemoryNetwork(hub, { self: peerIdOf(publicKey), host: `flood${number}` })
      return new Insider(name, [], [], '', { signatures, network })
    })
  }

  get servers(): readonly VirtualServer[] {
    return this.cluster.servers
  }

  async begin(): Promise<void> {
    const { cluster } = this
    const { hub } = cluster
    for (const flood of ['flood1', 'flood2']) for (const server of ['server2', 'server3']) hub.cut(flood, server)
    hub.cut('flood1', 'flood2')
    hub.cut('server2', 'server3')
    await cluster.add(3, { cluster: name })
    for (const flood of this.floods) await cluster.letRun(flood.start())
    const areKnown = (): boolean => this.servers.every(({ node }) => node.stats()['members_alive'] === 2)
    expect(await cluster.until(areKnown, 10_000, 10)).toBeDefined()
    const areLinked = (): boolean => this.floods.every(({ network }) => network.links().length === 1)
    expect(await cluster.until(areLinked, 10_000, 10)).toBeDefined()
    await cluster.pass(10_000)
    for (const { node } of this.servers) {
      node.addEventListener('alarm', ({ detail }) => this.alarms.push(`${node.name}: ${detail.sentence}`))
      node.addEventListener('member', ({ detail }) => {
        if (detail.to === 'down' && detail.name.startsWith('server')) this.deaths.push(`${node.name}: ${detail.name}`)
      })
    }
  }

  /** So many seconds pass; both say a little less than one neighbour may. */
  async flood(seconds: number, say: (flood: Insider, number: number) => void): Promise<void> {
    const perSecond = rates.membership.perSecond - 10
    for (let at = 0; at < seconds * perSecond; at += 1) {
      for (const [number, flood] of this.floods.entries()) say(flood, number)
      await this.cluster.pass(1000 / perSecond)
    }
  }

  async expectPeace(): Promise<void> {
    expect(this.alarms).toEqual([])
    expect(this.deaths).toEqual([])
    const [relay, second, third] = this.servers as [VirtualServer, VirtualServer, VirtualServer]
    for (const { node } of [second, third]) {
      expect(node.stats()['refused_membership_rate'] ?? 0).toBe(0)
      expect(node.members().find(({ entity }) => entity === relay.node.entity)?.connected).toBe(true)
    }
    expect(relay.node.stats()['membership_held_back']).toBeGreaterThan(1000)
    await third.node.set('device_state', 'PJSIP/third', 'INUSE')
    const isShown = (): boolean => second.node.get('device_state', 'PJSIP/third') === 'INUSE'
    expect(await this.cluster.until(isShown, 2000)).toBeDefined()
  }
}

test('a server between two floods of heartbeats is not taken for a flooder, and what real servers say comes through', async () => {
  const between = new BetweenFloods()
  await between.begin()
  await between.flood(30, (flood, number) => {
    flood.gossip(flood.heartbeat({ entity: `02:66:00:00:00:0${number}` as EntityId, life }))
  })
  await between.expectPeace()
}, 60_000)

test('nor is one between floods of heartbeats in a thousand names', async () => {
  const between = new BetweenFloods()
  await between.begin()
  const { signatures, clock } = between.cluster
  const madeUp = between.floods.map((insider, number) => {
    const servers = new MadeUpServers({ insider, cluster: name, clock, signatures, life, first: 1000 * number })
    servers.add(400, 0)
    return servers
  })
  let at = 0
  await between.flood(30, (_flood, number) => {
    madeUp[number]?.beatOf(Math.floor(at / 2) % 400)
    at += 1
  })
  await between.expectPeace()
}, 60_000)
