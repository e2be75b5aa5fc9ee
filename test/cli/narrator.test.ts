import { expect, test } from 'vitest'
import { narrate } from '../../src/cli/narrator.ts'
import type { MemberEvent } from '../../src/node/events.ts'
import type { MemberStanding } from '../../src/node/views.ts'
import { entityB, FakeNode, member, peerB } from '../control/fake-node.ts'
import { keptLog } from './kept-log.ts'

const memberB = member({ entity: entityB, name: 'pbx-b', peer: peerB, status: 'alive', heardAgoMs: 3100 })

test.each<[MemberEvent['from'], MemberStanding, boolean, boolean, string]>([
  [undefined, 'alive', true, false, 'info pbx-b (02:00:00:00:00:0b) is alive: a new member'],
  ['suspect', 'alive', true, false, 'info pbx-b (02:00:00:00:00:0b) is alive after all: it was heard again'],
  ['down', 'alive', true, false, 'info pbx-b (02:00:00:00:00:0b) is alive: it is back'],
  ['down', 'alive', true, true, 'info pbx-b (02:00:00:00:00:0b) is alive: it restarted'],
  ['alive', 'suspect', true, false, 'warn pbx-b (02:00:00:00:00:0b) is suspect: nothing was heard of it for 3.1 s'],
  [
    'alive',
    'suspect',
    false,
    false,
    'warn pbx-b (02:00:00:00:00:0b) is suspect: the link to it broke, nothing was heard of it for 3.1 s',
  ],
  [
    'suspect',
    'down',
    false,
    false,
    'warn pbx-b (02:00:00:00:00:0b) is down: nothing was heard of it for 3.1 s; its entries no longer count',
  ],
  ['alive', 'left', false, false, 'info pbx-b (02:00:00:00:00:0b) left: it said farewell; its entries no longer count'],
])('from %s to %s', (from, to, connected, restarted, expected) => {
  const [node, log, stop] = [new FakeNode(), keptLog(), new AbortController()]
  node.memberViews = [member({})]
  narrate({ node, log, tellsChanges: () => false, signal: stop.signal })
  node.memberViews = [member({}), { ...memberB, status: to, connected }]
  node.tell('member', { entity: entityB, name: 'pbx-b', from, to, restarted })
  stop.abort()
  node.tell('member', { entity: entityB, name: 'pbx-b', from, to, restarted })
  expect(log.lines).toEqual([expected])
})

test('a change is told once, with how each entry was added', async () => {
  const [node, log, stop] = [new FakeNode(), keptLog(), new AbortController()]
  narrate({ node, log, tellsChanges: () => true, signal: stop.signal })
  const before = log.lines.length
  node.change('device_state', 'Custom:x', 'INUSE')
  node.change('device_state', 'Custom:x', 'BUSY')
  await Promise.resolve()
  expect(log.lines.slice(before)).toEqual([
    'debug device_state Custom:x: adding BUSY of pbx-a (02:00:00:00:00:0a): it is this node',
    'debug device_state Custom:x: the overall state is BUSY: the only entry counts',
  ])
})

test('an alarm that began before anybody listened is told', () => {
  const [node, log, stop] = [new FakeNode(), keptLog(), new AbortController()]
  node.memberViews = [member({ alarms: ['two nodes have one entity ID'] })]
  narrate({ node, log, tellsChanges: () => false, signal: stop.signal })
  expect(log.lines).toEqual(['error alarm: two nodes have one entity ID'])
  stop.abort()
})

test('alarms are told, and their end', () => {
  const [node, log, stop] = [new FakeNode(), keptLog(), new AbortController()]
  node.memberViews = []
  narrate({ node, log, tellsChanges: () => false, signal: stop.signal })
  const alarm = { kind: 'cloned-entity', entity: entityB, sentence: 'two nodes have one entity ID' } as const
  node.tell('alarm', { ...alarm, phase: 'begun' })
  node.tell('alarm', { ...alarm, sentence: 'the alarm is over', phase: 'over' })
  node.tell('alarm', { ...alarm, kind: 'disagreement', sentence: 'copies differ', phase: 'once' })
  expect(log.lines).toEqual([
    'error alarm: two nodes have one entity ID',
    'info the alarm is over',
    'warn alarm: copies differ',
  ])
})
