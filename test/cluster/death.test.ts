import { beforeEach, describe, expect, test } from 'vitest'
import { Cluster, type Server } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

let cluster: Cluster
let a: Server
let b: Server
let c: Server

beforeEach(async () => {
  cluster = new Cluster({ seed })
  ;[a, b, c] = (await cluster.add(3)) as [Server, Server, Server]
  expect(await cluster.settle()).toBeDefined()
  await a.set('PJSIP/1', 'INUSE')
  await cluster.until(() => b.get('PJSIP/1') === 'INUSE' && c.get('PJSIP/1') === 'INUSE', 100)
})

const isOff = (): boolean => b.get('PJSIP/1') === undefined && c.get('PJSIP/1') === undefined
const statusOf = (observer: Server, other: Server): string | undefined =>
  observer.node.members().find(({ name }) => name === other.name)?.status

describe('no stuck lamp (invariant 5)', () => {
  test('a killed server counts nowhere a second later', async () => {
    a.kill()
    expect(await cluster.until(isOff, 1000)).toBeDefined()
    expect(statusOf(b, a)).toBe('down')
  })

  test('a server that loses power counts nowhere five seconds later', async () => {
    a.kill({ resetAfterMs: Infinity })
    expect(await cluster.until(isOff, 5000)).toBeDefined()
  })

  test('a stopped process counts nowhere five seconds later, and is back when it goes on', async () => {
    cluster.hub.pause(a.name)
    expect(await cluster.until(isOff, 5000)).toBeDefined()
    await cluster.pass(10_000)
    cluster.hub.resume(a.name)
    const isBack = (): boolean => b.get('PJSIP/1') === 'INUSE' && c.get('PJSIP/1') === 'INUSE'
    expect(await cluster.until(isBack, 5000)).toBeDefined()
  })

  test('a server that leaves counts nowhere at once', async () => {
    const stopped = a.stop()
    expect(await cluster.until(isOff, 200)).toBeDefined()
    await stopped
    expect(statusOf(b, a)).toBe('left')
  })

  test('of many that lose their link to it at once, few say so, and all give it up in time', async () => {
    const large = new Cluster({ seed })
    const [victim, ...others] = await large.add(16)
    await large.settle()
    await large.pass(5000)
    victim?.kill()
    const isDown = (): boolean => others.every((other) => victim !== undefined && statusOf(other, victim) === 'down')
    expect(await large.until(isDown, 1000)).toBeDefined()
    const said = others.map(({ node }) => node.stats()['accusations_published'] ?? 0)
    const total = said.reduce((sum, count) => sum + count, 0)
    expect(total).toBeGreaterThanOrEqual(1)
    expect(total).toBeLessThanOrEqual(5)
  })

  test('explain tells why the departed do not count', async () => {
    a.kill()
    await cluster.until(isOff, 1000)
    const explanation = b.node.explain('device_state', 'PJSIP/1')
    expect(explanation.entries).toMatchObject([{ name: a.name, value: 'INUSE', status: 'down', counted: false }])
    expect(explanation.entries[0]?.why).toContain('down')
  })
})

describe('no false death (invariant 9)', () => {
  test('an observer that was stopped for ten seconds declares nobody down when it wakes', async () => {
    const deaths: string[] = []
    b.node.addEventListener('member', ({ detail }) => {
      if (detail.to === 'down') deaths.push(detail.name)
    })
    cluster.hub.pause(b.name)
    await cluster.pass(10_000)
    cluster.hub.resume(b.name)
    await cluster.pass(10_000)
    expect(deaths).toEqual([])
    expect(b.get('PJSIP/1')).toBe('INUSE')
  })
})

describe('a clean leave', () => {
  test('is known to every linked member by the time the node has stopped, though none of its gossip arrives', async () => {
    cluster.hub.shape({ gossipLoss: 1 })
    await a.stop()
    expect(statusOf(b, a)).toBe('left')
    expect(statusOf(c, a)).toBe('left')
    expect(isOff()).toBe(true)
  })

  test('does not wait for a member that does not answer', async () => {
    cluster.hub.pause(b.name)
    const before = cluster.hub.clock.now()
    await a.stop()
    expect(cluster.hub.clock.now() - before).toBeLessThan(2000)
    expect(statusOf(c, a)).toBe('left')
  })
})
