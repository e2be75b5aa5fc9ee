import { expect, test } from 'vitest'
import type { Body } from '../../src/asterisk/body.ts'
import { FirstWords } from '../../src/asterisk/first-words.ts'
import { MemoryJournal } from '../../src/asterisk/journal.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { stampAt } from '../../src/state/stamp.ts'

const wallMs = 1_800_000_000_000
const stamp = stampAt(wallMs)
const entityOf = (number: number): EntityId => `02:00:00:00:00:${String(number).padStart(2, '0')}` as EntityId
const device = (entity: EntityId, cachable = true): Extract<Body, { kind: 'device' }> => {
  return { kind: 'device', entity, device: 'PJSIP/1', state: 'BUSY', cachable }
}

test('what is said of a device and of a mailbox is remembered with its time, and what passes is not', () => {
  const journal = new MemoryJournal()
  const words = new FirstWords({ journal, clock: { wallMs: () => wallMs } })
  const counts = { newMessages: 1, oldMessages: 2 }
  words.keep(device(entityOf(1)))
  words.keep(device(entityOf(2), false))
  words.keep({ kind: 'mailbox', entity: entityOf(2), mailbox: '1@default', counts })
  expect([...journal.remembered(entityOf(1))]).toEqual([['PJSIP/1', { value: 'BUSY', stamp }]])
  expect([...journal.remembered(entityOf(2))]).toEqual([])
  expect([...journal.rememberedMailboxes(entityOf(2))]).toEqual([['1@default', { value: counts, stamp }]])
})

test('who names itself anew in each word is not followed further than four times (invariant 7)', () => {
  const journal = new MemoryJournal()
  const words = new FirstWords({ journal, clock: { wallMs: () => wallMs } })
  for (let number = 1; number <= 20; number += 1) words.keep(device(entityOf(number)))
  words.keep({ ...device(entityOf(4)), state: 'INUSE' })
  const known = Array.from({ length: 20 }, (_, at) => journal.remembered(entityOf(at + 1)).get('PJSIP/1')?.value)
  expect(known.filter((state) => state !== undefined)).toEqual(['BUSY', 'BUSY', 'BUSY', 'INUSE'])
})
