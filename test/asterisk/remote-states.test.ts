import { expect, test } from 'vitest'
import { MemoryJournal } from '../../src/asterisk/journal.ts'
import { RemoteStates } from '../../src/asterisk/remote-states.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { Sites } from './site.ts'

const [own, other] = [entityIdOf(1), entityIdOf(2)] as EntityId[] as [EntityId, EntityId]

function setup(): { readonly remote: RemoteStates; readonly journal: MemoryJournal; readonly said: string[] } {
  const journal = new MemoryJournal()
  const said: string[] = []
  const remote = new RemoteStates({
    journal,
    isWanted: () => true,
    say: (_entity, device, state) => said.push(`${device} ${state}`),
    withdraw: (_entity, device) => said.push(`${device} withdrawn`),
  })
  remote.begin(own)
  remote.member(other, true)
  return { remote, journal, said }
}

test('what Asterisk was never told of needs not be taken back, and is nowhere kept', () => {
  const { remote, journal, said } = setup()
  remote.entry(other, 'PJSIP/1', 'INUSE')
  remote.entry(other, 'PJSIP/1', undefined)
  expect(said).toEqual(['PJSIP/1 INUSE', 'PJSIP/1 withdrawn'])
  expect(journal.size).toBe(0)
})

test('what it may have been told of is taken back, once it is known that nobody says it', () => {
  const { remote, journal, said } = setup()
  remote.entry(other, 'PJSIP/1', 'INUSE')
  remote.leaving(other, 'PJSIP/1')
  remote.entry(other, 'PJSIP/1', undefined)
  expect(said).toEqual(['PJSIP/1 INUSE'])
  remote.settle()
  expect(said).toEqual(['PJSIP/1 INUSE', 'PJSIP/1 INVALID'])
  remote.leaving(other, 'PJSIP/1')
  remote.delivered(other, 'PJSIP/1', 'INVALID')
  expect(journal.size).toBe(0)
})

test('while Asterisk is away, devices that come and go leave nothing behind (invariant 7)', async () => {
  const sites = new Sites()
  const [a, b] = await sites.add(2)
  a!.pbx.set('PJSIP/told', 'INUSE')
  await sites.pass(500)
  b!.pbx.kill()
  await sites.pass(5000)
  for (let number = 0; number < 50; number += 1) {
    await sites.cluster.letRun(a!.node.set('device_state', `Custom:${number}`, 'INUSE'))
    await sites.pass(20)
    await sites.cluster.letRun(a!.node.unset('device_state', `Custom:${number}`))
  }
  await sites.pass(500)
  expect(b!.bridge!.status()).toMatchObject({ link: 'down', queue: 0 })
  expect([...b!.journal.keysOf(a!.entity as EntityId)]).toEqual(['PJSIP/told'])
})
