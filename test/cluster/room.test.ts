import { afterEach, expect, test } from 'vitest'
import { createMemoryNetwork } from '../../src/network/memory-network.ts'
import type { AlarmEvent } from '../../src/node/events.ts'
import { documentWeight, keyWeight } from '../../src/replica/weight.ts'
import { silentLog, type Log } from '../../src/runtime/log.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { checkOf } from '../../src/state/link-claim.ts'
import { peerIdOf } from '../../src/state/peer-id.ts'
import { VirtualCluster } from '../../src/testing/virtual-cluster.ts'
import type { VirtualServer } from '../../src/testing/virtual-server.ts'
import { Insider } from '../hostile/insider.ts'
import { MadeUpServers } from '../hostile/made-up.ts'
import { seed } from '../support/seed.ts'

const name = 'room'
const own = '02:00:00:00:66:66' as EntityId
const life = { incarnation: Date.UTC(2025, 0, 1), nonce: 1 }

/** Room for some twenty of the servers that are made up, with 40 entries each. */
const roomBytes = 20 * (documentWeight + 40 * (keyWeight + 40))

/** Three honest nodes with little room, and a member that makes up servers. */
class Flood {
  readonly cluster: VirtualCluster = new VirtualCluster({ seed })
  readonly insider: Insider
  readonly madeUp: MadeUpServers
  readonly alarms: AlarmEvent[] = []
  readonly logged: string[] = []
  isOver = false

  constructor() {
    const { signatures, hub, clock } = this.cluster
    const network = ({ publicKey }: { readonly publicKey: Uint8Array }) =>
      createMemoryNetwork(hub, { self: peerIdOf(publicKey), host: 'insider' })
    this.insider = new Insider(name, [], [], '', { signatures, network })
    this.madeUp = new MadeUpServers({ insider: this.insider, cluster: name, clock, signatures, life })
  }

  get servers(): readonly VirtualServer[] {
    return this.cluster.servers
  }

  async add(count: number): Promise<VirtualServer[]> {
    const log: Log = { ...silentLog, warn: (message) => this.logged.push(message) }
    const added = await this.cluster.add(count, { cluster: name, roomBytes, log })
    for (const { node } of added) node.addEventListener('alarm', ({ detail }) => this.alarms.push(detail))
    return added
  }

  async begin(): Promise<void> {
    await this.add(3)
    await this.cluster.settle()
    await this.cluster.letRun(this.insider.start())
    await this.cluster.until(() => this.insider.network.links().length === 3, 10_000)
    this.beat()
    for (const server of this.servers) await setMany(server, 'PJSIP/first', 20)
    await this.#until(() => this.servers.every((server) => shows(this.servers, server, 'PJSIP/first', 20)))
  }

  /** So many seconds pass, in each of which all that is made up says that it lives. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.beat()
      await this.cluster.pass(1000)
    }
  }

  /** Seconds until it is so, at most `limit`. */
  async until(condition: () => boolean, limit: number): Promise<number | undefined> {
    for (let second = 0; second <= limit; second += 1) {
      if (condition()) return second
      await this.pass(1)
    }
    return undefined
  }

  beat(): void {
    if (this.isOver) return
    const links = { all: true, check: checkOf(this.servers.map(({ node }) => node.entity)) } as const
    this.insider.gossip(this.insider.heartbeat({ entity: own, life, links }))
    this.madeUp.beat()
  }

  sum(counter: string): number {
    return this.servers.reduce((sum, { node }) => sum + (node.stats()[counter] ?? 0), 0)
  }

  async end(): Promise<void> {
    for (const server of this.servers) await server.stop()
  }

  async #until(condition: () => boolean): Promise<void> {
    expect(await this.cluster.until(condition, 10_000, 10)).toBeDefined()
  }
}

async function setMany({ name: server, node }: VirtualServer, device: string, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) await node.set('device_state', `${device}-${server}-${at}`, 'INUSE')
}

/** Whether a server shows what each of these has set. */
function shows(by: readonly VirtualServer[], { node }: VirtualServer, device: string, count: number): boolean {
  return by.every(({ name: server }) => node.list('device_state', `${device}-${server}-*`).length === count)
}

const alarmsOf = ({ node }: VirtualServer): string[] => node.members().flatMap(({ alarms }) => alarms)

let flood: Flood

afterEach(() => flood.end())

test('servers that a member makes up fill no memory, take no room from those known before, and are named (invariant 7)', async () => {
  flood = new Flood()
  await flood.begin()
  const { servers, madeUp, cluster } = flood
  madeUp.add(60, 40)
  await flood.pass(60)
  for (const server of servers) {
    const stats = server.node.stats()
    expect(stats['room_used_bytes']).toBeLessThanOrEqual(roomBytes)
    expect(stats['room_used_bytes']).toBeGreaterThan(roomBytes / 2)
    expect(stats['entities_without_room']).toBeGreaterThan(30)
    expect(stats['refused_no_room']).toBeGreaterThan(30)
    expect(shows(servers, server, 'PJSIP/first', 20)).toBe(true)
    const named = server.node.members().filter(({ alarms }) => alarms.length > 0)
    expect(named.length).toBe(stats['entities_without_room'])
    for (const { entity, alarms, entries } of named) {
      expect(madeUp.entities).toContain(entity)
      expect(alarms.join()).toMatch(/trust pin 00:66:.*12D3.*peers = .*trust forget/)
      expect(entries).toBe(0)
    }
    expect(server.node.explain('device_state', 'PJSIP/none').rule).toMatch(/No room was found for .* other servers/)
  }
  for (const { kind, entity } of flood.alarms) expect([kind, entity?.slice(0, 5)]).toEqual(['no-room', '00:66'])
  expect(flood.logged.some((line) => line.includes('servers known for longer leave no room'))).toBe(true)

  // A server that was there before has all that it needs, and at once.
  await setMany(servers[1] as VirtualServer, 'PJSIP/grown', 300)
  expect(
    await flood.until(() => servers.every((one) => shows(servers.slice(1, 2), one, 'PJSIP/grown', 300)), 10),
  ).toBeDefined()
  await flood.pass(60)
  for (const { node } of servers) expect(node.stats()['room_used_bytes']).toBeLessThanOrEqual(roomBytes)

  // What is refused is not asked for again and again, nor does anybody take the others for liars.
  const before = [flood.sum('pulled_bytes'), flood.sum('served_bytes')] as const
  await flood.pass(120)
  const [pulled, served] = [flood.sum('pulled_bytes') - before[0], flood.sum('served_bytes') - before[1]]
  // An entity of theirs is some 2 KB: each node tries one in five seconds.
  expect(pulled).toBeLessThan(3 * (120 / 5) * 5000)
  expect(served).toBeLessThan(pulled)
  expect(flood.alarms.filter(({ kind }) => kind !== 'no-room')).toEqual([])
  expect(flood.sum('peers_cut_off')).toBe(0)
  const report = await cluster.letRun((servers[0] as VirtualServer).node.check())
  expect(report.alarms.length).toBeGreaterThan(30)
  for (const { differences } of report.members) for (const { key } of differences) expect(key).toMatch(/^PJSIP\/\d+-/)

  // Who was there first is known after a restart, too, whoever speaks first then.
  const [restarted, grown] = servers as [VirtualServer, VirtualServer]
  restarted.kill()
  await flood.pass(5)
  await restarted.start()
  const isBack = (): boolean =>
    shows(servers.slice(1), restarted, 'PJSIP/first', 20) && shows([grown], restarted, 'PJSIP/grown', 300)
  expect(await flood.until(isBack, 30)).toBeDefined()
  await flood.pass(30)
  expect(isBack()).toBe(true)
  expect(restarted.node.stats()['entities_without_room']).toBeGreaterThan(30)
})

test('a server that found no room is let in when it is pinned, when others are forgotten, and when it has become smaller', async () => {
  flood = new Flood()
  await flood.begin()
  const { madeUp, cluster } = flood
  const before = [...flood.servers]
  // With more than 32 servers not everybody is linked with everybody, and whoever is linked with none that has room for it is heard by none.
  madeUp.add(24, 40)
  await flood.pass(30)
  const [late, later, large] = (await flood.add(3)) as [VirtualServer, VirtualServer, VirtualServer]
  await setMany(late, 'PJSIP/late', 30)
  await setMany(later, 'PJSIP/later', 30)
  await setMany(large, 'PJSIP/large', 1200)
  await flood.pass(30)
  for (const server of before) {
    for (const device of ['late', 'later', 'large'])
      expect(server.node.list('device_state', `PJSIP/${device}-*`)).toEqual([])
    for (const { node } of [late, later, large]) {
      const row = server.node.members().find(({ entity }) => entity === node.entity)
      expect(row?.alarms.join()).toContain(`trust pin ${node.entity} ${node.peer}`)
    }
  }
  for (const { node } of before) await cluster.letRun(node.pinTrust(late.node.entity, late.node.peer))
  expect(await flood.until(() => before.every((one) => shows([late], one, 'PJSIP/late', 30)), 15)).toBeDefined()
  // No lamp of it sticks.
  await late.node.unset('device_state', 'PJSIP/late-server4-0')
  expect(await flood.until(() => before.every((one) => shows([late], one, 'PJSIP/late', 29)), 2)).toBeDefined()

  flood.isOver = true
  await cluster.letRun(flood.insider.network.stop())
  for (const { node } of before) {
    for (const entity of madeUp.entities) await cluster.letRun(node.forgetTrust(entity))
  }
  expect(await flood.until(() => before.every((one) => shows([later], one, 'PJSIP/later', 30)), 15)).toBeDefined()
  // It never fits, until it has fewer: of that nobody but itself knows.
  await flood.pass(60)
  for (const server of before) expect(server.node.list('device_state', 'PJSIP/large-*')).toEqual([])
  for (let at = 30; at < 1200; at += 1) await large.node.unset('device_state', `PJSIP/large-server6-${at}`)
  expect(await flood.until(() => before.every((one) => shows([large], one, 'PJSIP/large', 30)), 330)).toBeDefined()
  expect(await flood.until(() => before.every((one) => alarmsOf(one).length === 0), 20)).toBeDefined()
  const over = flood.alarms.filter(({ kind, phase, entity }) => {
    return kind === 'no-room' && phase === 'over' && entity === large.node.entity
  })
  expect(over.length).toBeGreaterThanOrEqual(3)
  const report = await cluster.letRun((before[0] as VirtualServer).node.check())
  expect([report.agreed, report.alarms]).toEqual([true, []])
}, 60_000)
