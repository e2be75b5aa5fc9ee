import { describe, expect, test } from 'vitest'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

const clusterOf = async (count: number): Promise<Cluster> => {
  const cluster = new Cluster({ seed })
  await cluster.add(count)
  expect(await cluster.settle()).toBeDefined()
  return cluster
}

describe('convergence (invariant 1)', () => {
  test('what is set on any server shows on all, folded as Asterisk folds', async () => {
    const cluster = await clusterOf(3)
    const [a, b] = cluster.servers
    await a!.set('Custom:mystate', 'INUSE')
    expect(
      await cluster.until(() => cluster.servers.every((s) => s.get('Custom:mystate') === 'INUSE'), 50),
    ).toBeDefined()
    await b!.set('Custom:mystate', 'RINGING')
    const both = (): boolean => cluster.servers.every((s) => s.get('Custom:mystate') === 'RINGINUSE')
    expect(await cluster.until(both, 50)).toBeDefined()
  })

  test('a server that starts late gets ten thousand entries at once', async () => {
    const cluster = await clusterOf(2)
    const [a] = cluster.servers
    for (let index = 0; index < 10_000; index += 1) void a!.node.set('device_state', `PJSIP/${index}`, 'INUSE')
    await cluster.pass(100)
    const [late] = await cluster.add(1)
    expect(await cluster.until(() => late!.node.list('device_state').length === 10_000, 2000)).toBeDefined()
  })

  test('changes on both sides of a partition are on both sides after it', async () => {
    const cluster = await clusterOf(4)
    const [a, b, c, d] = cluster.servers
    cluster.hub.partition([a!.name, b!.name], [c!.name, d!.name])
    await cluster.pass(75_000)
    await a!.set('PJSIP/left', 'INUSE')
    await d!.set('PJSIP/right', 'BUSY')
    expect(b!.get('PJSIP/left')).toBe('INUSE')
    expect(b!.get('PJSIP/right')).toBeUndefined()
    cluster.hub.heal()
    const healed = (): boolean => {
      return cluster.servers.every((s) => s.get('PJSIP/left') === 'INUSE' && s.get('PJSIP/right') === 'BUSY')
    }
    expect(await cluster.until(healed, 10_000)).toBeDefined()
  })

  test('lost gossip is made good without another change', async () => {
    const cluster = await clusterOf(3)
    const [a, b, c] = cluster.servers
    // The exchanges of getting to know one another are over by then.
    await cluster.pass(1000)
    cluster.hub.shape({ gossipLoss: 1 })
    await a!.set('PJSIP/1', 'RINGING')
    cluster.hub.shape({ gossipLoss: 0 })
    const seen = (): boolean => b!.get('PJSIP/1') === 'RINGING' && c!.get('PJSIP/1') === 'RINGING'
    expect(await cluster.until(seen, 3000)).toBeDefined()
  })

  test('a server that two others cannot both reach passes their states on', async () => {
    const cluster = await clusterOf(3)
    const [a, b, c] = cluster.servers
    cluster.hub.cut(a!.name, c!.name)
    await cluster.pass(20_000)
    await a!.set('PJSIP/1', 'INUSE')
    expect(await cluster.until(() => c!.get('PJSIP/1') === 'INUSE', 3000)).toBeDefined()
    expect(c!.node.members().find(({ name }) => name === a!.name)?.status).toBe('alive')
    expect(b!.get('PJSIP/1')).toBe('INUSE')
  })

  test('who knows others and reaches none does not say that all agree', async () => {
    const cluster = await clusterOf(2)
    const [a, b] = cluster.servers
    const checked = async (): Promise<unknown> => cluster.letRun(a!.node.check())
    expect(await checked()).toMatchObject({ agreed: true, members: [{ verdict: 'agrees' }] })
    b!.kill()
    await cluster.pass(5000)
    expect(await checked()).toMatchObject({
      agreed: false,
      members: [{ verdict: 'unreachable', findings: ['it is down'] }],
    })
    await b!.start()
    await cluster.settle()
    await b!.stop()
    await cluster.pass(1000)
    expect(await checked()).toMatchObject({ agreed: true, members: [] })
  })

  test('all nodes agree, and a check says so', async () => {
    const cluster = await clusterOf(3)
    const [a, b] = cluster.servers
    await a!.set('PJSIP/1', 'INUSE')
    await cluster.letRun(b!.node.set('mwi', '100@default', { newMessages: 2, oldMessages: 1 }))
    await cluster.pass(100)
    const report = await cluster.letRun(a!.node.check())
    expect(report).toMatchObject({ agreed: true, alarms: [] })
    expect(report.members.map(({ verdict }) => verdict)).toEqual(['agrees', 'agrees'])
  })
})

describe('event channels', () => {
  test('a node may publish only or subscribe only', async () => {
    const cluster = new Cluster({ seed })
    const [mail] = await cluster.add(1, { channels: [{ channel: 'mwi', subscribe: false }] })
    const [phones] = await cluster.add(1, {
      channels: [{ channel: 'mwi', publish: false }, { channel: 'device_state' }],
    })
    await cluster.settle()
    await cluster.letRun(mail!.node.set('mwi', '100@default', { newMessages: 1, oldMessages: 0 }))
    const arrived = (): boolean => phones!.node.get('mwi', '100@default')?.newMessages === 1
    expect(await cluster.until(arrived, 100)).toBeDefined()
    await expect(phones!.node.set('mwi', '1', { newMessages: 0, oldMessages: 0 })).rejects.toMatchObject({
      code: 'channel-closed',
    })
    expect(phones!.node.channels().find(({ channel }) => channel === 'mwi')).toMatchObject({
      publish: false,
      subscribe: true,
      publishers: 1,
      subscribers: 1,
    })
  })

  test('a device that uses the latest reducer is a toggle: set on one server, cleared on another', async () => {
    const cluster = new Cluster({ seed })
    const [a, b] = await cluster.add(2, { latestDevices: ['Custom:night*'] })
    await cluster.settle()
    await a!.set('Custom:night', 'INUSE')
    await cluster.until(() => b!.get('Custom:night') === 'INUSE', 100)
    // The clock of the second server is a day behind: it still has the last word, for it saw the first one.
    b!.skew.offsetMs = -86_400_000
    await b!.set('Custom:night', 'NOT_INUSE')
    expect(await cluster.until(() => a!.get('Custom:night') === 'NOT_INUSE', 100)).toBeDefined()
    expect(a!.node.explain('device_state', 'Custom:night').rule).toContain('latest')
  })

  test('events carry the difference: key, old and new cluster state, by whom', async () => {
    const cluster = await clusterOf(2)
    const [a, b] = cluster.servers
    const changes: unknown[] = []
    b!.node.addEventListener('change', ({ detail }) => changes.push(detail))
    await a!.set('PJSIP/1', 'RINGING')
    await cluster.pass(50)
    await b!.set('PJSIP/1', 'NOT_INUSE')
    await cluster.letRun(a!.node.unset('device_state', 'PJSIP/1'))
    await cluster.pass(50)
    const change = { channel: 'device_state', key: 'PJSIP/1', by: a!.node.entity }
    expect(changes).toEqual([
      { ...change, before: undefined, after: 'RINGING' },
      { ...change, before: 'RINGING', after: 'NOT_INUSE' },
    ])
  })
})
