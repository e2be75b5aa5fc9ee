import { expect, test } from 'vitest'
import { statsMetric } from '../../src/node/stats-metric.ts'
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
  const { values } = await statsMetric([a!.node, b!.node]).get()
  const published = values.filter(({ labels }) => labels.name === 'own_entries')
  expect(published.map(({ labels, value }) => [labels.cluster, value])).toEqual([
    ['office', 1],
    ['home', 0],
  ])
  await office.letRun(a!.node.stop())
  const left = await statsMetric([a!.node, b!.node]).get()
  expect(new Set(left.values.map(({ labels }) => labels.cluster))).toEqual(new Set(['home']))
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
