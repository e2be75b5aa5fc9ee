import { expect, test } from 'vitest'
import { silentLog, type Log } from '../../src/runtime/log.ts'
import { MemoryDisk } from '../../src/storage/memory-store.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { Cluster, type Server } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

const knows = (server: Server, device: string): boolean => server.get(device) !== undefined

test('a binding outlives the restart of whoever made it', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)) as [Server, Server]
  await cluster.settle()
  const before = a.node.peer
  a.kill()
  b.kill()
  a.disk = new MemoryDisk()
  await b.start()
  await a.start()
  await a.set('PJSIP/new', 'INUSE')
  await cluster.pass(20_000)
  expect(knows(b, 'PJSIP/new')).toBe(false)
  expect(b.node.trust()).toMatchObject([{ entity: a.node.entity, peer: before, claimedBy: a.node.peer }])
  await cluster.letRun(b.node.forgetTrust(a.node.entity))
  b.kill()
  await b.start()
  expect(await cluster.until(() => knows(b, 'PJSIP/new'), 10_000, 10)).toBeDefined()
})

test('a foreign key of a server not met since the start is shown beside this node, and no check passes over it', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)) as [Server, Server]
  await cluster.settle()
  a.kill()
  b.kill()
  a.disk = new MemoryDisk()
  await b.start()
  await a.start()
  const remedy = `lampfield trust forget ${a.node.entity}`
  const says = (): boolean =>
    b.node.members().some(({ status, alarms }) => status === 'self' && alarms.join().includes(remedy))
  expect(await cluster.until(says, 5000, 10)).toBeDefined()
  expect(b.node.members()).toHaveLength(1)
  const report = await cluster.letRun(b.node.check())
  expect(report.agreed).toBe(false)
  expect(report.alarms.join()).toContain(remedy)
  await cluster.letRun(b.node.forgetTrust(a.node.entity))
  expect(await cluster.until(() => b.node.members().length === 2, 10_000, 10)).toBeDefined()
  expect((await cluster.letRun(b.node.check())).alarms).toEqual([])
})

test('a pinned server is the one that is let in, also after a restart', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)) as [Server, Server]
  await cluster.settle()
  await cluster.letRun(b.node.pinTrust(entityIdOf(3), a.node.peer))
  b.kill()
  await b.start()
  const [c] = (await cluster.add(1)) as [Server]
  await c.set('PJSIP/c', 'INUSE')
  await cluster.pass(10_000)
  expect(knows(a, 'PJSIP/c')).toBe(true)
  expect(knows(b, 'PJSIP/c')).toBe(false)
  await cluster.letRun(b.node.pinTrust(entityIdOf(3), c.node.peer))
  expect(await cluster.until(() => knows(b, 'PJSIP/c'), 10_000, 10)).toBeDefined()
})

test('an allow-list closes first sight, too', async () => {
  const named: unknown[] = []
  const log: Log = { ...silentLog, warn: (_message, fields) => named.push(fields?.['peer']) }
  const cluster = new Cluster({ seed })
  const [a] = (await cluster.add(1)) as [Server]
  const [b] = (await cluster.add(1, { allowedPeers: [a.node.peer], log })) as [Server]
  const [c] = (await cluster.add(1)) as [Server]
  await a.set('PJSIP/a', 'INUSE')
  await c.set('PJSIP/c', 'INUSE')
  await cluster.pass(10_000)
  expect(knows(a, 'PJSIP/c')).toBe(true)
  expect(knows(b, 'PJSIP/a')).toBe(true)
  expect(knows(b, 'PJSIP/c')).toBe(false)
  expect(b.node.members().map(({ entity }) => entity)).not.toContain(c.node.entity)
  expect(b.node.stats()['refused_peer_not_allowed']).toBeGreaterThan(1)
  // Whoever forgot a server in the list learns which one: once, however often it calls.
  expect(named).toEqual([c.node.peer])
})

test('another allow-list holds at once: whoever is no longer on it counts no more, and comes back when it is', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)) as [Server, Server]
  await cluster.settle()
  await b.set('PJSIP/b', 'INUSE')
  expect(await cluster.until(() => knows(a, 'PJSIP/b'), 5000, 10)).toBeDefined()
  a.node.usePeers({ allowedPeers: [] })
  expect(await cluster.until(() => !knows(a, 'PJSIP/b'), 5000, 10)).toBeDefined()
  expect(a.node.stats()['links']).toBe(0)
  expect(() => a.node.usePeers({ allowedPeers: ['me'] })).toThrow(/peer ID/)
  a.node.usePeers({ allowedPeers: [b.node.peer] })
  expect(await cluster.until(() => knows(a, 'PJSIP/b'), 20_000, 10)).toBeDefined()
})

test('what is no peer ID or no other entity is refused', async () => {
  const cluster = new Cluster({ seed })
  const [a] = (await cluster.add(1)) as [Server]
  await expect(a.node.forgetTrust('pbx1')).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(a.node.forgetTrust(a.node.entity)).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(a.node.pinTrust(entityIdOf(9), 'me')).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(cluster.add(1, { allowedPeers: ['me'] })).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(await cluster.letRun(a.node.forgetTrust(entityIdOf(9)))).toBe(false)
})
