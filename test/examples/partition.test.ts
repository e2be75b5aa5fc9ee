import { expect, test } from 'vitest'
import { VirtualCluster } from 'lampfield/testing'

test('each side of a cut forgets the other, and both agree again once it heals', async () => {
  const cluster = new VirtualCluster({ seed: 7 })
  const [a, b, c] = await cluster.add(3)
  await cluster.settle()
  const lamp = (server = a): string | undefined => server?.node.get('device_state', 'PJSIP/alice')
  await a?.node.set('device_state', 'PJSIP/alice', 'INUSE')
  await c?.node.set('device_state', 'PJSIP/alice', 'RINGING')
  expect(await cluster.until(() => [a, b, c].every((server) => lamp(server) === 'RINGINUSE'), 5000)).toBeDefined()

  cluster.hub.partition(['server1', 'server2'], ['server3'])
  expect(await cluster.until(() => lamp(b) === 'INUSE' && lamp(c) === 'RINGING', 30_000, 10)).toBeDefined()

  cluster.hub.heal()
  await cluster.settle(60_000)
  expect(await cluster.until(() => [a, b, c].every((server) => lamp(server) === 'RINGINUSE'), 5000)).toBeDefined()
})
