import { expect, test } from 'vitest'
import { describeLive, lastTime, patienceMs } from '../support/live-cluster.ts'
import { median, round, tell } from '../support/measure.ts'
import type { NodeProcess } from '../support/processes.ts'

describeLive('three processes on three hosts, with fresh directories and no configuration', 3, (cluster) => {
  const three = (): [NodeProcess, NodeProcess, NodeProcess] =>
    cluster().nodes as unknown as [NodeProcess, NodeProcess, NodeProcess]

  test('each lists the other two as alive within 3 s of the last start, by multicast only', async () => {
    const { lan, processes } = cluster()
    for (const host of lan.hosts) processes.node({ host, name: `pbx${host.number}` })
    let lastStartMs = 0
    for (const node of three()) {
      lastStartMs = performance.now()
      await node.start()
    }
    const tookMs = (await cluster().settled()) - lastStartMs
    tell(`from the last start to three nodes that list each other: ${round(tookMs)}`)
    expect(tookMs).toBeLessThan(3000)
    // The entity ID is the hardware address of the host's card.
    expect(three().map(({ entity }) => entity)).toEqual([1, 2, 3].map((number) => `02:4c:46:00:00:0${number}`))
  })

  test('what is set on one is in `members`, `get`, `devices`, `explain` and `watch` of the others, as a person sees it', async () => {
    const { processes } = cluster()
    const [a, b, c] = three()
    const watch = processes.begin(b.host, ['watch', '--data-dir', b.dataDirectory])
    const watchJson = processes.begin(c.host, ['watch', '--json', 'Custom:*', '--data-dir', c.dataDirectory])
    await Promise.all([isWatched(b), isWatched(c)])
    expect(await processes.ask(a, ['set', 'Custom:mystate', 'INUSE'])).toMatchObject({ code: 0, out: '', err: '' })
    await watch.when('the change is shown', patienceMs, ({ out }) => out.includes('\n'))
    await watchJson.when('the change is shown', patienceMs, ({ out }) => out.includes('\n'))
    expect(watch.out).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} {2}Custom:mystate: nothing -> INUSE {2}by \S+ \(02:4c:46:00:00:01\)\n$/,
    )
    expect(JSON.parse(watchJson.out)).toMatchObject({
      type: 'change',
      key: 'Custom:mystate',
      after: 'INUSE',
      by: a.entity,
    })
    for (const command of [watch, watchJson]) command.signal('SIGINT')
    for (const node of [b, c]) {
      expect(await processes.ask(node, ['get', 'Custom:mystate'])).toMatchObject({ code: 0, out: 'INUSE\n', err: '' })
    }
    expect((await processes.ask(b, ['devices'])).out).toMatch(/^DEVICE +STATE\nCustom:mystate +INUSE\n$/)
    expect((await processes.ask(b, ['explain', 'Custom:mystate'])).out).toContain(a.entity)
    const members = await processes.ask(c, ['members'])
    expect(members.out.split('\n').filter((line) => /02:4c:46:00:00:0[123].* (self|alive) /.test(line))).toHaveLength(3)
    expect(members.err).toBe('cluster "lampfield" is open: anyone on the network may join and write\n')
    expect(await processes.ask(b, ['check'])).toMatchObject({ code: 0, err: '' })
  })

  test('a change is in the cluster state of the others at once', async () => {
    const [a, ...others] = three()
    const times: number[] = []
    for (let turn = 0; turn < 40; turn += 1) {
      const state = turn % 2 === 0 ? 'RINGING' : 'INUSE'
      const startMs = performance.now()
      const shown = lastTime(
        others,
        `PJSIP/speed is ${state}`,
        1000,
        (outlook) => outlook.device('PJSIP/speed') === state,
      )
      await a.client.setDeviceState('PJSIP/speed', state)
      times.push((await shown) - startMs)
    }
    tell(`from a request at one node to the event of the last of the other two: ${median(times)}`)
  })
})

/** Resolves when somebody beside the test listens to a node. */
async function isWatched(node: NodeProcess): Promise<void> {
  await expect.poll(async () => (await node.client.stats())['event_streams_open'], { timeout: patienceMs }).toBe(2)
}
