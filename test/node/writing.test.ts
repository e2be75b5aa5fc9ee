import { expect, test } from 'vitest'
import type { Node } from '../../src/node/node.ts'
import type { MailboxCounts } from '../../src/state/mailbox.ts'
import type { Stamp } from '../../src/state/stamp.ts'
import { Cluster } from '../support/cluster.ts'
import { seed } from '../support/seed.ts'

test('a value that its source will say again is not kept on disk, and what was kept of its key is gone', async () => {
  const cluster = new Cluster({ seed })
  const [server] = await cluster.add(1)
  const kept = (key: string): Promise<void> => server!.node.set('device_state', key, 'INUSE')
  const passing = (key: string): Promise<void> => server!.node.set('device_state', key, 'BUSY', { kept: false })
  await cluster.letRun(kept('Custom:kept'))
  await cluster.letRun(kept('Custom:then-not').then(() => passing('Custom:then-not')))
  await cluster.letRun(passing('Custom:never'))
  await cluster.letRun(passing('Custom:at-last').then(() => kept('Custom:at-last')))
  expect(server!.node.list('device_state')).toHaveLength(4)
  server!.kill()
  await server!.start()
  const keys = server!.node.list('device_state').map(({ key }) => key)
  expect(keys).toEqual(['Custom:at-last', 'Custom:kept'])
})

test('a listener may write the key it is told of: its value is the last one everywhere', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)).map(({ node }) => node) as [Node, Node]
  await cluster.settle()
  a.addEventListener('change', ({ detail: { key, after } }) => {
    if (after === 'RINGING') void a.set('device_state', key, 'INUSE')
  })
  await a.set('device_state', 'PJSIP/1', 'RINGING')
  await cluster.pass(1000)
  expect(a.get('device_state', 'PJSIP/1')).toBe('INUSE')
  expect(b.get('device_state', 'PJSIP/1')).toBe('INUSE')
})

test('a value that is said again with the stamp that it had is no newer than it was', async () => {
  const cluster = new Cluster({ seed })
  const [a, b] = (await cluster.add(2)).map(({ node }) => node) as [Node, Node]
  await cluster.settle()
  const boxes = (count: number): MailboxCounts => ({ newMessages: count, oldMessages: 0 })
  await a.set('mwi', '1@default', boxes(1))
  const stamp = a.explain('mwi', '1@default').entries.find(({ entity }) => entity === a.entity)?.stamp
  await cluster.pass(100)
  await b.set('mwi', '1@default', boxes(2))
  await cluster.pass(100)
  await a.unset('mwi', '1@default')
  await a.set('mwi', '1@default', boxes(1), { stamp })
  await cluster.pass(100)
  for (const { node } of cluster.servers) {
    expect(node.get('mwi', '1@default')).toEqual(boxes(2))
    const entries = node.explain('mwi', '1@default').entries
    expect(entries.map((entry) => [entry.entity, entry.value, entry.stamp === stamp])).toEqual([
      [a.entity, boxes(1), true],
      [b.entity, boxes(2), false],
    ])
  }
  for (const wrong of [-1, 1.5, 2 ** 53, Number.NaN]) {
    await expect(a.set('mwi', '1@default', boxes(3), { stamp: wrong as Stamp })).rejects.toThrow('no stamp')
  }
})
