import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs, type LiveCluster } from '../support/live-cluster.ts'
import { expectWithin, pass } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

/** From the link's return to the last node's correct cluster state. */
const healedMs = 2000
const silenceMs = 5000

/** The cut that people make: a cable is changed. With `LAMPFIELD_LONG` the one that a broken switch makes is tried too. */
const cuts = process.env['LAMPFIELD_LONG'] === undefined ? [10_000] : [10_000, 600_000]

/** Each node says something new of a device of its own, and of one that all share. */
async function writeAll(nodes: readonly NodeProcess[], round: number): Promise<void> {
  await Promise.all(
    nodes.flatMap((node) => [
      node.client.setDeviceState(`PJSIP/${node.name}-${round}`, 'INUSE'),
      node.client.setDeviceState(`PJSIP/${node.name}`, round % 2 === 0 ? 'RINGING' : 'ONHOLD'),
      node.client.setDeviceState('PJSIP/shared', 'INUSE'),
    ]),
  )
}

/** When everybody sees everybody alive, and everything that was said. */
function whenAllIsKnown(cluster: LiveCluster, rounds: number): Promise<number> {
  const nodes = cluster.running
  return lastTime(nodes, 'everybody is alive and everything is known', 2 * patienceMs, (outlook, self) =>
    nodes.every(
      ({ name, entity }) =>
        (name === self.name || outlook.members.get(entity) === 'alive') &&
        outlook.device(`PJSIP/${name}`) === (rounds % 2 === 0 ? 'RINGING' : 'ONHOLD') &&
        Array.from({ length: rounds }, (_, at) => at + 1).every(
          (round) => outlook.device(`PJSIP/${name}-${round}`) === 'INUSE',
        ),
    ),
  )
}

/** Whether a node shows what some nodes have said, or nothing of it. */
const shows = (outlook: NodeProcess['outlook'], of: readonly NodeProcess[], value: unknown): boolean =>
  of.every(({ name }) => (outlook.device(`PJSIP/${name}`) !== undefined) === (value !== undefined))

describeLive('a network that is cut', 4, (cluster) => {
  let rounds = 0
  const write = async (nodes: readonly NodeProcess[] = cluster().running): Promise<void> => writeAll(nodes, rounds)
  const begin = async (): Promise<void> => {
    rounds += 1
    await write()
    await whenAllIsKnown(cluster(), rounds)
    rounds += 1
  }

  for (const cutMs of cuts) {
    test(
      `from one server for ${cutMs / 1000} s heals within 2 s, with every change of both sides`,
      async () => {
        if (cluster().nodes.length === 0) await cluster().populate()
        const lonely = cluster().node(4)
        await expectWithin(`one server cut off for ${cutMs / 1000} s`, healedMs, async () => {
          await begin()
          cluster().lan.cut(lonely.host)
          await pass(cutMs / 2)
          await write()
          await pass(cutMs / 2)
          const startMs = performance.now()
          cluster().lan.join(lonely.host)
          return (await whenAllIsKnown(cluster(), rounds)) - startMs
        })
      },
      3 * cutMs + 6 * patienceMs,
    )
  }

  test('into halves: each half is right within 5 s, works on, and they heal within 2 s', async () => {
    const { lan, running } = cluster()
    const [left, right] = [running.slice(0, 2), running.slice(2)]
    await expectWithin('two halves', healedMs, async () => {
      await begin()
      const cutMs = performance.now()
      lan.split(
        left.map(({ host }) => host),
        right.map(({ host }) => host),
      )
      const apart = await Promise.all([
        lastTime(left, 'the right half is gone', patienceMs, (outlook) => shows(outlook, right, undefined)),
        lastTime(right, 'the left half is gone', patienceMs, (outlook) => shows(outlook, left, undefined)),
      ])
      await expectWithin('each half without the other', silenceMs, () => Promise.resolve(Math.max(...apart) - cutMs))
      await write()
      await Promise.all(
        [left, right].map((half) =>
          lastTime(half, 'the half works on', 1000, (outlook) =>
            half.every(({ name }) => outlook.device(`PJSIP/${name}-${rounds}`) === 'INUSE'),
          ),
        ),
      )
      await pass(Math.max(0, 10_000 - (performance.now() - cutMs)))
      const startMs = performance.now()
      lan.block()
      return (await whenAllIsKnown(cluster(), rounds)) - startMs
    })
  })

  test('one way between two servers: the others carry their words, and nobody is declared down', async () => {
    await begin()
    const [deaf, dumb] = [cluster().node(1), cluster().node(2)]
    const startMs = performance.now()
    cluster().lan.block({ from: [dumb.host], to: [deaf.host] })
    for (let second = 0; second < 12; second += 1) {
      await write()
      await lastTime(cluster().running, 'the word gets through', patienceMs, (outlook) =>
        cluster().running.every(({ name }) => outlook.device(`PJSIP/${name}-${rounds}`) === 'INUSE'),
      )
      rounds += 1
      await pass(1000)
    }
    rounds -= 1
    cluster().lan.block()
    await whenAllIsKnown(cluster(), rounds)
    expect(cluster().deathsSince(startMs)).toEqual([])
  })

  test('by a card that was down for 10 s heals within 2 s', async () => {
    const { host } = cluster().node(3)
    await expectWithin('a card that was down', healedMs, async () => {
      await begin()
      host.linkDown()
      await pass(5000)
      await write()
      await pass(5000)
      const startMs = performance.now()
      host.linkUp()
      return (await whenAllIsKnown(cluster(), rounds)) - startMs
    })
  })

  test('by a new address is found again by itself', async () => {
    const moved = cluster().node(2)
    await begin()
    moved.host.changeAddress('10.77.0.77')
    await write()
    await whenAllIsKnown(cluster(), rounds)
    await expect
      .poll(
        async () =>
          (await moved.client.members()).filter(({ status, connected }) => status === 'alive' && connected).length,
        {
          timeout: patienceMs,
        },
      )
      .toBe(3)
    expect(await cluster().node(1).client.check()).toMatchObject({ agreed: true })
  })
})

describeLive('a network without multicast that is cut', 3, (cluster) => {
  const port = '4001'
  const listen = ['--no-mdns', '--listen', `0.0.0.0:${port}`]

  test('heals within 2 s: known servers are remembered on disk', async () => {
    const [first, ...hosts] = cluster().lan.hosts
    const known = cluster().add(first!, listen)
    const rest = hosts.map((host) => cluster().add(host, listen))
    await known.start()
    for (const node of rest)
      await node.start({ flags: [...listen, '--name', node.name, '--peer', `10.77.0.1:${port}`] })
    await cluster().settled()
    // Started again without being told of anybody, it has nothing but its memory.
    const forgetful = cluster().node(3)
    await forgetful.stop()
    await forgetful.start()
    await cluster().settled()
    let rounds = 0
    await expectWithin('one server cut off for 10 s, without multicast', healedMs, async () => {
      rounds += 1
      await writeAll(cluster().running, rounds)
      await whenAllIsKnown(cluster(), rounds)
      cluster().lan.cut(forgetful.host)
      await pass(5000)
      rounds += 1
      await writeAll(cluster().running, rounds)
      await pass(5000)
      const startMs = performance.now()
      cluster().lan.join(forgetful.host)
      return (await whenAllIsKnown(cluster(), rounds)) - startMs
    })
  })
})
