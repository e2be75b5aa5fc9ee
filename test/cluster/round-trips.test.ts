import { expect, test } from 'vitest'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

const linked = async (count: number, latencyMs: number): Promise<Cluster> => {
  const cluster = new Cluster({ seed, hub: { shape: { latencyMs, jitterMs: 0 } } })
  await cluster.add(count)
  expect(await cluster.settle()).toBeDefined()
  return cluster
}

test('a change and its answer take two ways, as does a bare question', async () => {
  const cluster = await linked(3, 20)
  const [a] = cluster.servers
  const { changes, members } = await cluster.letRun(a!.node.roundTrips({ changes: 5 }))
  expect(changes).toBe(5)
  expect(members.map(({ name }) => name).toSorted()).toEqual(['server2', 'server3'])
  for (const { questionMs, changeMs } of members) {
    expect([questionMs.length, changeMs.length]).toEqual([5, 5])
    for (const ms of [...questionMs, ...changeMs]) {
      expect(ms).toBeGreaterThanOrEqual(40)
      expect(ms).toBeLessThan(200)
    }
  }
})

test('what was changed for the measurement is gone afterwards, everywhere and from the disk', async () => {
  const cluster = await linked(2, 1)
  const [a, b] = cluster.servers
  await a!.set('Custom:kept', 'INUSE')
  const { key } = await cluster.letRun(a!.node.roundTrips({ changes: 3 }))
  expect(key).toMatch(/^Custom:lampfield-bench-[0-9a-f]{8}$/)
  await cluster.pass(100)
  for (const { node } of [a!, b!]) expect(node.list('device_state').map((one) => one.key)).toEqual(['Custom:kept'])
  a!.kill()
  await a!.start()
  expect(a!.node.list('device_state').map((one) => one.key)).toEqual(['Custom:kept'])
})

test('a change that a member has not is not counted as its', async () => {
  const cluster = await linked(3, 1)
  const [a, b, c] = cluster.servers
  const measuring = a!.node.roundTrips({ changes: 4 })
  await cluster.pass(60)
  cluster.hub.cut(a!.name, c!.name)
  cluster.hub.cut(b!.name, c!.name)
  const { members } = await cluster.letRun(measuring)
  const timesOf = (name: string): number => members.find((member) => member.name === name)?.changeMs.length ?? -1
  expect(timesOf(b!.name)).toBe(4)
  expect(timesOf(c!.name)).toBeLessThan(4)
})

test('a wrong number is refused, and an abort leaves nothing', async () => {
  const cluster = await linked(2, 1)
  const [a] = cluster.servers
  for (const changes of [0, 1.5, 1001]) {
    await expect(a!.node.roundTrips({ changes })).rejects.toMatchObject({ code: 'invalid-argument' })
  }
  const controller = new AbortController()
  const measuring = a!.node.roundTrips({ changes: 100, signal: controller.signal })
  const failure = expect(measuring).rejects.toMatchObject({ code: 'aborted' })
  await cluster.pass(200)
  controller.abort()
  await cluster.pass(200)
  await failure
  expect(a!.node.list('device_state')).toEqual([])
})
