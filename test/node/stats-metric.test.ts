import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { registerStats } from '../../src/node/stats-metric.ts'
import { pinoLog } from '../../src/runtime/log.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

test('the numbers of two nodes of two clusters in one process stay apart, and so do the nodes', async () => {
  const [office, home] = [new Cluster({ seed }), new Cluster({ seed })]
  const [a] = await office.add(1, { cluster: 'office' })
  const [b] = await home.add(1, { cluster: 'home' })
  await a!.set('PJSIP/1', 'BUSY')
  await office.pass(10_000)
  await home.pass(10_000)
  expect(b!.node.list('device_state')).toEqual([])
  expect([a!.node.members().length, b!.node.members().length]).toEqual([1, 1])
  const registry = new Registry()
  registerStats(registry, [a!.node, b!.node])
  const own = async (): Promise<string[]> =>
    (await registry.metrics()).split('\n').filter((line) => line.includes('name="own_entries"'))
  expect(await own()).toEqual([
    expect.stringMatching(/cluster="office".* 1$/),
    expect.stringMatching(/cluster="home".* 0$/),
  ])
  await office.letRun(a!.node.stop())
  expect(await own()).toEqual([expect.stringMatching(/cluster="home"/)])
})

test('a registry of prom-client takes the numbers, and asks for them when it is scraped', async () => {
  const cluster = new Cluster({ seed })
  const [a] = await cluster.add(1, { cluster: 'office', name: 'web1' })
  const registry = new Registry()
  registerStats(registry, [a!.node])
  await a!.set('PJSIP/1', 'BUSY')
  const text = await registry.metrics()
  expect(text).toContain('# TYPE lampfield_stats gauge')
  expect(text).toContain('lampfield_stats{cluster="office",node="web1",name="own_entries"} 1')
})

test('two clusters on one network in one process do not touch each other', async () => {
  const cluster = new Cluster({ seed })
  const [a] = await cluster.add(1, { cluster: 'office' })
  const [b] = await cluster.add(1, { cluster: 'home' })
  await a!.set('PJSIP/1', 'BUSY')
  await cluster.pass(30_000)
  expect(b!.node.list('device_state')).toEqual([])
  expect([a!.node.members().length, b!.node.members().length]).toEqual([1, 1])
})

test('a pino logger gets fields and sentence in its own order', () => {
  const lines: unknown[] = []
  const line =
    (level: string) =>
    (...given: unknown[]): void => {
      lines.push([level, ...given])
    }
  const log = pinoLog({ error: line('error'), warn: line('warn'), info: line('info'), debug: line('debug') })
  log.error('broken', { why: 1 })
  log.warn('odd')
  log.info('so')
  log.debug('in detail')
  expect(lines).toEqual([
    ['error', { why: 1 }, 'broken'],
    ['warn', {}, 'odd'],
    ['info', {}, 'so'],
    ['debug', {}, 'in detail'],
  ])
})
