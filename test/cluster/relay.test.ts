import { expect, test } from 'vitest'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

test('where all hear all, a message goes once to each', async () => {
  const cluster = new Cluster({ seed })
  await cluster.add(6)
  await cluster.settle()
  await cluster.pass(6000)
  const before = cluster.hub.traffic().messages
  await cluster.pass(10_000)
  // Ten heartbeats of each of six nodes to five others, and one more or less of each at the ends.
  const sent = cluster.hub.traffic().messages - before
  expect(sent).toBeGreaterThanOrEqual(9 * 30)
  expect(sent).toBeLessThanOrEqual(11 * 30)
})

test('where what others pass on is faster than the word itself, passing on ends as soon', async () => {
  const cluster = new Cluster({ seed })
  await cluster.add(6)
  cluster.hub.shape({ latencyMs: 5 }, 'server1', 'server2')
  await cluster.settle()
  await cluster.pass(12_000)
  const before = cluster.hub.traffic().messages
  await cluster.pass(10_000)
  expect(cluster.hub.traffic().messages - before).toBeLessThanOrEqual(11 * 30)
})

test('in a cluster too large for all to be linked, a change costs two messages a node at the most, and comes by the shortest way', async () => {
  const cluster = new Cluster({ seed, hub: { shape: { latencyMs: 1, jitterMs: 0 } } })
  const servers = await cluster.add(48)
  const areAlive = (): boolean => servers.every(({ node }) => node.stats()['members_alive'] === servers.length - 1)
  expect(await cluster.until(areAlive, 30_000, 50)).toBeDefined()
  await cluster.pass(10_000)
  const [writer] = servers
  const sent = async (body: () => Promise<void>): Promise<number> => {
    const before = cluster.hub.traffic().messages
    await body()
    return cluster.hub.traffic().messages - before
  }
  const idle = await sent(() => cluster.pass(1000))
  expect(idle).toBeLessThanOrEqual(2 * servers.length * servers.length)
  const busy = await sent(async () => {
    for (let number = 0; number < 50; number += 1) {
      await writer?.set(`PJSIP/${number}`, 'INUSE')
      const isKnown = (): boolean => servers.every((server) => server.get(`PJSIP/${number}`) === 'INUSE')
      // Nobody is more than three links away.
      expect(await cluster.until(isKnown, 4)).toBeDefined()
      await cluster.pass(20 - 4)
    }
  })
  // In about as much time as many heartbeats were said as without them.
  expect((busy - idle) / 50).toBeLessThanOrEqual(2 * servers.length)
})

test('where one link is cut, others pass changes and heartbeats on, and nobody is declared down', async () => {
  const cluster = new Cluster({ seed })
  const servers = await cluster.add(4)
  const [a, b] = servers as [(typeof servers)[0], (typeof servers)[0]]
  await cluster.settle()
  await cluster.pass(6000)
  const deaths: string[] = []
  for (const { node } of servers) {
    node.addEventListener('member', ({ detail }) => {
      if (detail.to === 'down') deaths.push(detail.name)
    })
  }
  cluster.hub.cut(a.name, b.name)
  await cluster.pass(30_000)
  expect(deaths).toEqual([])
  await a.set('PJSIP/1', 'INUSE')
  expect(await cluster.until(() => b.get('PJSIP/1') === 'INUSE', 100)).toBeDefined()
})
