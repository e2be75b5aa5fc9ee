import { expect, test } from 'vitest'
import type { Saying } from '../../src/asterisk/saying.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { Sites, type Site, type SiteOptions } from './site.ts'

/** Longer than Asterisk takes to name everything, and than it takes to be held for dead. */
const namingMs = 15_000

const toggle = 'Custom:night'

/** Two servers that share a toggle: set on the first one, then cleared on the second. */
async function toggled(options: SiteOptions = {}): Promise<readonly [Sites, Site, Site]> {
  const sites = new Sites()
  const [a, b] = await sites.add(2, { ...options, node: { latestDevices: ['Custom:night*'] } })
  a!.pbx.set(toggle, 'INUSE')
  await sites.pass(namingMs)
  b!.pbx.set(toggle, 'NOT_INUSE')
  await sites.pass(500)
  return [sites, a!, b!]
}

const restarts: readonly (readonly [string, (sites: Sites, a: Site) => Promise<void> | void])[] = [
  ['the node is killed and started', (sites, a) => restartNode(sites, a, () => a.killNode())],
  ['the node is stopped and started', (sites, a) => restartNode(sites, a, () => a.stopNode())],
  ['Asterisk is reloaded', (_sites, a) => a.pbx.reload()],
  ['Asterisk is restarted at once', (sites, a) => restartAsterisk(sites, a, 10)],
  ['Asterisk is away for so long that it is held for dead', (sites, a) => restartAsterisk(sites, a, namingMs)],
]

async function restartNode(sites: Sites, a: Site, end: () => Promise<void>): Promise<void> {
  await end()
  await sites.pass(6000)
  await a.startNode()
}

async function restartAsterisk(sites: Sites, a: Site, awayMs: number): Promise<void> {
  a.pbx.kill()
  await sites.pass(awayMs)
  a.pbx.boot()
}

test.each(restarts)(
  'a device with the latest rule that is only named again is as old as it was: %s',
  async (_, act) => {
    const [sites, a, b] = await toggled()
    await act(sites, a)
    await sites.pass(namingMs)
    expect(a.pbx.own.get(toggle)).toBe('INUSE')
    for (const { node } of [a, b]) {
      expect(node.explain('device_state', toggle).entries).toHaveLength(2)
      expect(node.get('device_state', toggle)).toBe('NOT_INUSE')
    }
    a.pbx.set(toggle, 'BUSY')
    await sites.pass(500)
    expect(b.node.get('device_state', toggle)).toBe('BUSY')
  },
)

test('and where the node may not ask, as old as it was from its start on', async () => {
  const [sites, a, b] = await toggled({ settings: { mode: 'observe' } })
  await restartNode(sites, a, () => a.killNode())
  await sites.pass(1000)
  for (const { node } of [a, b]) {
    expect(node.explain('device_state', toggle).entries).toHaveLength(2)
    expect(node.get('device_state', toggle)).toBe('NOT_INUSE')
  }
})

test('one that Asterisk does not name any more is forgotten, and no other device is remembered', async () => {
  const [sites, a] = await toggled()
  const remembered = (): ReadonlyMap<string, Saying<unknown>> => a.journal.remembered(a.entity as EntityId)
  a.pbx.set('Custom:other', 'INUSE')
  await sites.pass(500)
  expect([...remembered().keys()]).toEqual([toggle])
  a.pbx.kill()
  await sites.pass(namingMs)
  a.pbx.own.delete(toggle)
  a.pbx.boot()
  await sites.pass(namingMs)
  expect([...remembered().keys()]).toEqual([])
})
