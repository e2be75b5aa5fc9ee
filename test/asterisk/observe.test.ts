import { expect, test } from 'vitest'
import type { EntityId } from '../../src/state/entity-id.ts'
import { Sites } from './site.ts'

test('learns and compares, and sends nothing but answers', async () => {
  const sites = new Sites()
  const [a] = await sites.add(1, { node: { latestDevices: ['Custom:night'] } })
  const [b] = await sites.add(1, { settings: { mode: 'observe' }, node: { latestDevices: ['Custom:night'] } })
  a!.pbx.set('Custom:night', 'INUSE')
  await sites.pass(500)
  b!.pbx.set('Custom:night', 'NOT_INUSE')
  b!.pbx.set('Custom:own', 'BUSY')
  await sites.pass(2000)
  expect(b!.pbx.requests).toEqual([])
  expect(b!.pbx.remote.size).toBe(0)
  expect(a!.pbx.aggregate('Custom:own')).toBe('BUSY')
  expect(b!.bridge!.status()).toMatchObject({
    mode: 'observe',
    link: 'up',
    ownDevices: 2,
    comparison: {
      differing: 1,
      differences: [{ device: 'Custom:night', asterisk: 'INUSE', lampfield: 'NOT_INUSE' }],
    },
  })
})

test('what an Asterisk says before the node begins again as its entity is known then', async () => {
  const sites = new Sites()
  const adopted: string[] = []
  const eid = '02:00:00:00:00:99'
  const observing = { eid, settings: { mode: 'observe' }, adopt: (entity: string) => adopted.push(entity) } as const
  const [first] = await sites.add(1, observing)
  await sites.pass(6000)
  first!.pbx.set('PJSIP/1', 'INUSE')
  first!.pbx.set('MWI:1@default', 'INUSE')
  await sites.pass(100)
  expect(new Set(adopted)).toEqual(new Set([eid]))
  expect([...first!.journal.entities()]).toEqual([])
  await first!.stopNode()
  const next = await sites.prepare({ ...observing, node: { entityId: eid } })
  for (const [device, state] of first!.journal.remembered(next.entity as EntityId)) {
    next.journal.remember(next.entity as EntityId, device, state)
  }
  await next.startNode()
  expect(next.node.list('device_state')).toEqual([{ key: 'PJSIP/1', value: 'INUSE' }])
  expect(next.pbx.requests).toEqual([])
})

test('what an Asterisk said is known over a restart of the node, and what it said meanwhile', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { settings: { mode: 'observe' } })
  for (const device of ['PJSIP/1', 'PJSIP/2']) b!.pbx.set(device, 'INUSE')
  await sites.pass(500)
  await b!.stopNode()
  expect(a!.node.list('device_state')).toEqual([])
  b!.pbx.set('PJSIP/2', 'BUSY')
  await b!.startNode()
  await sites.pass(5000)
  expect(b!.pbx.requests).toEqual([])
  expect(a!.node.list('device_state')).toEqual([
    { key: 'PJSIP/1', value: 'INUSE' },
    { key: 'PJSIP/2', value: 'BUSY' },
  ])
})

test('of an Asterisk that is never heard again after a restart of the node, nothing is believed for ever', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { settings: { mode: 'observe' } })
  b!.pbx.set('PJSIP/1', 'INUSE')
  await sites.pass(500)
  await b!.stopNode()
  b!.pbx.kill()
  await b!.startNode()
  await sites.pass(5000)
  expect(a!.node.get('device_state', 'PJSIP/1')).toBe('INUSE')
  await sites.pass(130_000)
  expect(a!.node.get('device_state', 'PJSIP/1')).toBeUndefined()
  expect([...b!.journal.remembered(b!.entity as EntityId)]).toEqual([])
})

test('what an Asterisk does not name when it begins anew is no more', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { settings: { mode: 'observe' } })
  b!.pbx.set('PJSIP/1', 'INUSE')
  b!.pbx.set('Custom:1', 'INUSE')
  await sites.pass(500)
  b!.pbx.kill()
  b!.pbx.boot()
  await sites.pass(5000)
  expect(b!.pbx.requests).toEqual([])
  expect(a!.node.list('device_state')).toEqual([{ key: 'Custom:1', value: 'INUSE' }])
})

test('what is remembered is nothing to a node that exchanges, which can ask', async () => {
  const sites = new Sites()
  const [, b] = await sites.add(2, { settings: { mode: 'bridge' } })
  await b!.stopNode()
  b!.journal.remember(b!.entity as EntityId, 'PJSIP/1', 'INUSE')
  await b!.startNode()
  expect(b!.node.list('device_state')).toEqual([])
  expect([...b!.journal.remembered(b!.entity as EntityId)]).toEqual([])
})

test('takes an Asterisk for dead that missed two of its own refreshes', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { settings: { mode: 'observe' } })
  b!.pbx.set('PJSIP/1', 'INUSE')
  await sites.pass(100_000)
  expect(a!.node.get('device_state', 'PJSIP/1')).toBe('INUSE')
  b!.pbx.kill()
  await sites.pass(130_000)
  expect(a!.node.get('device_state', 'PJSIP/1')).toBeUndefined()
})
