import { expect, test } from 'vitest'
import type { EntityId } from '../../src/state/entity-id.ts'
import { Sites, type Site } from './site.ts'

const box = '1@default'
const fresh = (newMessages: number): object => ({ newMessages, oldMessages: 0 })

/** Longer than Asterisk takes to name everything, and than is waited for its first word. */
const namingMs = 15_000

/** Two servers; the first one has said that two messages wait, and has named everything that it was asked for. */
async function twoServers(): Promise<readonly [Sites, Site, Site]> {
  const sites = new Sites()
  const [a, b] = await sites.add(2)
  a!.pbx.setMailbox(box, 0, 2)
  await sites.pass(namingMs)
  return [sites, a!, b!]
}

const stampOf = (at: Site, by: Site): number | undefined =>
  at.node.explain('mwi', box).entries.find(({ entity, counted }) => counted && entity === by.entity)?.stamp

test('a mailbox that Asterisk only names again after a restart of the node is as old as it was', async () => {
  const [sites, a, b] = await twoServers()
  const before = stampOf(b, a)
  await a.killNode()
  b.pbx.setMailbox(box, 0, 0)
  await sites.pass(6000)
  await a.startNode()
  await sites.pass(namingMs)
  expect(stampOf(b, a)).toBe(before)
  for (const { node } of [a, b]) expect(node.get('mwi', box)).toEqual(fresh(0))
  expect(a.pbx.mailboxes.get(box)).toMatchObject({ new: 0, eid: b.entity })
})

test('and also where it names it because it was reloaded', async () => {
  const [sites, a, b] = await twoServers()
  const before = stampOf(b, a)
  a.pbx.reload()
  await sites.pass(namingMs)
  expect(stampOf(b, a)).toBe(before)
})

test('what happened in a mailbox while the node was down is news', async () => {
  const [sites, a, b] = await twoServers()
  await a.killNode()
  b.pbx.setMailbox(box, 0, 0)
  await sites.pass(100)
  a.pbx.setMailbox(box, 0, 3)
  await sites.pass(6000)
  await a.startNode()
  await sites.pass(namingMs)
  for (const { node } of [a, b]) expect(node.get('mwi', box)).toEqual(fresh(3))
})

test.each([10, 10_000])(
  'what voicemail finds again when Asterisk was away for %i ms is as old as it was',
  async (awayMs) => {
    const [sites, a, b] = await twoServers()
    b.pbx.setMailbox(box, 0, 0)
    await sites.pass(500)
    // While it is not in Asterisk's memory as its own, it is left out where everything is named.
    a.pbx.reload()
    await sites.pass(namingMs)
    const before = stampOf(b, a)
    a.pbx.kill()
    await sites.pass(awayMs)
    a.pbx.boot()
    a.pbx.setMailbox(box, 0, 2)
    await sites.pass(namingMs)
    expect(stampOf(b, a)).toBe(before)
    for (const { node } of [a, b]) expect(node.get('mwi', box)).toEqual(fresh(0))
  },
)

test('the same counts as before are news where nobody asked for them', async () => {
  const [sites, a, b] = await twoServers()
  const before = stampOf(b, a)
  a.pbx.setMailbox(box, 0, 2)
  await sites.pass(500)
  expect(stampOf(b, a)).toBeGreaterThan(before!)
})

test('a mailbox that Asterisk does not name stays; taken back by hand it is forgotten', async () => {
  const [sites, a, b] = await twoServers()
  a.pbx.mailboxes.delete(box)
  a.pbx.setMailbox('2@default', 0, 1)
  a.pbx.reload()
  await sites.pass(namingMs)
  expect(b.node.get('mwi', box)).toEqual(fresh(2))
  a.pbx.setMailbox(box, 0, 2)
  await sites.pass(500)
  expect([...a.journal.rememberedMailboxes(a.entity as EntityId).keys()].sort()).toEqual([box, '2@default'])
  expect(await a.node.unset('mwi', box)).toBe(true)
  await sites.pass(500)
  expect(b.node.get('mwi', box)).toBeUndefined()
  expect([...a.journal.rememberedMailboxes(a.entity as EntityId).keys()]).toEqual(['2@default'])
})
