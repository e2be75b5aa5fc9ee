import { expect, test } from 'vitest'
import type { EntryEvent } from '../../src/node/events.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

const clusterOf = async (count: number): Promise<Cluster> => {
  const cluster = new Cluster({ seed })
  await cluster.add(count)
  expect(await cluster.settle()).toBeDefined()
  return cluster
}

test('those whose word is shown are named before those that are overruled, and the dead not at all', async () => {
  const cluster = await clusterOf(3)
  const [a, b, c] = cluster.servers
  await a!.set('PJSIP/alice', 'NOT_INUSE')
  await b!.set('PJSIP/alice', 'BUSY')
  await c!.set('PJSIP/alice', 'UNAVAILABLE')
  const speakers = (): readonly string[] => a!.node.speakers('device_state', 'PJSIP/alice')
  const [entityA, entityB, entityC] = cluster.servers.map(({ node }) => node.entity)
  await cluster.until(() => speakers().length === 3, 100)
  expect(speakers()).toEqual([entityB, entityA, entityC])
  expect(a!.node.speakers('device_state', 'PJSIP/nobody')).toEqual([])
  b!.kill()
  await cluster.until(() => speakers().length === 2, 10_000)
  expect(speakers()).toEqual([entityA, entityC])
})

test('an entry tells how long it was on its way, and a catch-up after a start is no delay', async () => {
  const cluster = await clusterOf(2)
  const [a, b] = cluster.servers
  await cluster.pass(5000)
  const seen: EntryEvent[] = []
  b!.node.addEventListener('entry', ({ detail }) => seen.push(detail))
  await a!.set('Custom:x', 'INUSE')
  await cluster.until(() => seen.length === 1, 1000)
  expect(seen[0]?.delayMs).toBeGreaterThan(0)
  expect(seen[0]?.delayMs).toBeLessThan(100)
  await b!.set('Custom:y', 'INUSE')
  expect(seen[1]).toMatchObject({ key: 'Custom:y', delayMs: undefined })
  await cluster.pass(60_000)
  const late: EntryEvent[] = []
  const [c] = await cluster.add(1)
  c!.node.addEventListener('entry', ({ detail }) => late.push(detail))
  await cluster.until(() => c!.get('Custom:x') === 'INUSE', 10_000)
  expect(late.filter(({ delayMs }) => delayMs !== undefined)).toEqual([])
})

test('a member that tells of what did not arrive lags until it has', async () => {
  const cluster = await clusterOf(2)
  const [a, b] = cluster.servers
  const viewOfA = (): { lagMs: number; agrees: boolean } => {
    const found = b!.node.members().find(({ entity }) => entity === a!.node.entity)
    return { lagMs: found?.lagMs ?? -1, agrees: found?.agrees === true }
  }
  await a!.set('Custom:x', 'INUSE')
  expect(await cluster.until(() => b!.get('Custom:x') === 'INUSE' && viewOfA().agrees, 3000)).toBeDefined()
  expect(viewOfA()).toEqual({ lagMs: 0, agrees: true })
  expect(b!.node.stats()).toMatchObject({ document_bytes: expect.any(Number) as number })
  expect(b!.node.stats()['document_bytes']).toBeGreaterThan('Custom:x'.length)
})
