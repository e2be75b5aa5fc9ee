import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs } from '../support/live-cluster.ts'
import { round, tell } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

describeLive('twelve processes on one host', 1, (cluster) => {
  test('need only different directories to find each other', async () => {
    const host = cluster().lan.host(1)
    const nodes = Array.from({ length: 12 }, () => cluster().add(host))
    const startMs = performance.now()
    await Promise.all(nodes.map((node) => node.start()))
    const ranMs = performance.now()
    const settledMs = await cluster().settled(3 * patienceMs)
    tell(
      `twelve nodes on one host: run after ${round(ranMs - startMs)}, all know all after ${round(settledMs - startMs)}`,
    )
    expect(new Set(nodes.map(({ entity }) => entity)).size).toBe(12)
    // The first directory of a machine has its hardware address; the others have addresses made from it.
    expect(nodes.filter(({ entity }) => entity === '02:4c:46:00:00:01')).toHaveLength(1)
  })

  test('share what any of them sets', async () => {
    const { nodes } = cluster()
    // Twelve nodes on two busy cores may leave a request lying for longer than a person would wait.
    await Promise.all(
      nodes.map(({ name, client }) =>
        expect.poll(() => client.setDeviceState(`PJSIP/${name}`, 'INUSE'), { timeout: patienceMs }).toBeUndefined(),
      ),
    )
    await lastTime(nodes, 'the device of every node is in use', patienceMs, (outlook) =>
      nodes.every(({ name }) => outlook.device(`PJSIP/${name}`) === 'INUSE'),
    )
    for (const { client } of nodes) {
      await expect.poll(() => client.check(), { timeout: patienceMs }).toMatchObject({ agreed: true })
    }
  })
})

describeLive('a node that is started late', 3, (cluster) => {
  const entries = 10_000

  test(`has ${entries} entries of the others soon after its first connection`, async () => {
    const [first, second, third] = cluster().lan.hosts.map((host) => cluster().add(host)) as [
      NodeProcess,
      NodeProcess,
      NodeProcess,
    ]
    await Promise.all([first.start(), second.start()])
    await cluster().settled()
    await Promise.all([first, second].map((node) => fill(node, entries / 2)))
    await lastTime([first, second], 'both have all entries', patienceMs, ({ values }) => values.size === entries)
    await third.start()
    const connectedMs = await third.outlook.when('somebody is alive', patienceMs, ({ members }) => members.size > 0)
    await expect
      .poll(async () => (await third.client.stats())['entries'], { timeout: patienceMs, interval: 20 })
      .toBe(entries)
    const tookMs = performance.now() - connectedMs
    expect(await third.client.deviceStates('PJSIP/*')).toHaveLength(entries)
    tell(`${entries} entries from the first member seen: ${round(tookMs)}`)
    // The promise is 2 s on a machine that does nothing else; what would be wrong in the code takes far longer.
    expect(tookMs).toBeLessThan(10_000)
  })
})

/** Sets that many devices, some at a time as a busy server does. */
async function fill(node: NodeProcess, count: number): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      next += 1
      await node.client.setDeviceState(`PJSIP/${node.name}-${next}`, next % 2 === 0 ? 'INUSE' : 'NOT_INUSE')
    }
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}
