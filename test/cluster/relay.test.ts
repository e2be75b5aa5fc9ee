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
