import { expect, test } from 'vitest'
import type { EntityId } from '../../src/state/entity-id.ts'
import { stampAt } from '../../src/state/stamp.ts'
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
  first!.pbx.setMailbox('1@default', 0, 2)
  await sites.pass(100)
  expect(new Set(adopted)).toEqual(new Set([eid]))
  expect([...first!.journal.entities()]).toEqual([])
  await first!.stopNode()
  const next = await sites.prepare({ ...observing, node: { entityId: eid } })
  for (const [device, state] of first!.journal.remembered(next.entity as EntityId)) {
    next.journal.remember(next.entity as EntityId, device, state)
  }
  for (const [mailbox, saying] of first!.journal.rememberedMailboxes(next.entity as EntityId)) {
    next.journal.rememberMailbox(next.entity as EntityId, mailbox, saying)
  }
  await next.startNode()
  expect(next.node.list('device_state')).toEqual([{ key: 'PJSIP/1', value: 'INUSE' }])
  expect(next.node.get('mwi', '1@default')).toEqual({ newMessages: 2, oldMessages: 0 })
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

test('what an Asterisk said of mailboxes is known over a restart of the node, and is as old as it was', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { settings: { mode: 'observe' } })
  b!.pbx.setMailbox('1@default', 0, 2)
  b!.pbx.setMailbox('2@default', 3, 1)
  await sites.pass(500)
  a!.pbx.setMailbox('1@default', 2, 0)
  await sites.pass(500)
  const stamps = (): unknown =>
    ['1@default', '2@default'].map((mailbox) =>
      a!.node
        .explain('mwi', mailbox)
        .entries.filter(({ counted }) => counted)
        .map(({ entity, stamp }) => `${entity} ${stamp}`),
    )
  const before = stamps()
  await b!.stopNode()
  expect(a!.node.get('mwi', '2@default')).toBeUndefined()
  await b!.startNode()
  await sites.pass(5000)
  expect(b!.pbx.requests).toEqual([])
  expect(stamps()).toEqual(before)
  expect(a!.node.get('mwi', '1@default')).toEqual({ newMessages: 0, oldMessages: 2 })
  expect(a!.node.get('mwi', '2@default')).toEqual({ newMessages: 1, oldMessages: 3 })
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
  const entity = b!.entity as EntityId
  b!.journal.remember(entity, 'PJSIP/1', { value: 'INUSE', stamp: stampAt(1) })
  b!.journal.rememberMailbox(entity, '1@default', { value: { newMessages: 1, oldMessages: 0 }, stamp: stampAt(1) })
  b!.pbx.setMailbox('2@default', 0, 1)
  await b!.startNode()
  expect(b!.node.list('device_state')).toEqual([])
  expect([...b!.journal.remembered(entity)]).toEqual([])
  expect(b!.node.list('mwi')).toEqual([])
  await sites.pass(5000)
  expect(b!.node.list('mwi')).toEqual([{ key: '2@default', value: { newMessages: 1, oldMessages: 0 } }])
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
