import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { devicesMax, FileJournal, MemoryJournal } from '../../src/asterisk/journal.ts'
import type { Saying } from '../../src/asterisk/saying.ts'
import type { DeviceState } from '../../src/state/device-state.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { MailboxCounts } from '../../src/state/mailbox.ts'
import { stampAt, type Stamp } from '../../src/state/stamp.ts'

const [a, b] = ['02:00:00:00:00:01', '02:00:00:00:00:02'] as EntityId[] as [EntityId, EntityId]
let directory = ''
let path = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lampfield-journal-'))
  path = join(directory, 'asterisk.journal')
})
afterEach(() => rm(directory, { recursive: true }))

const failures: Error[] = []
const said = (value: DeviceState, ms = 1_800_000_000_000): Saying<DeviceState> => ({ value, stamp: stampAt(ms) })
const open = (): Promise<FileJournal> => FileJournal.open(path, (error) => failures.push(error))

test('what was added and not deleted is there after the next opening, with blanks and all', async () => {
  const journal = await open()
  journal.add(a, 'PJSIP/1')
  journal.add(a, 'a name with blanks')
  journal.add(b, 'PJSIP/1')
  journal.delete(a, 'PJSIP/1')
  await journal.close()
  const again = await open()
  expect([...again.keysOf(a)]).toEqual(['a name with blanks'])
  expect([...again.keysOf(b)]).toEqual(['PJSIP/1'])
  expect([...again.entities()]).toEqual([a, b])
  await again.close()
})

test('what is remembered of a device is there after the next opening, until it is added anew or deleted', async () => {
  const journal = await open()
  for (const device of ['one', 'two words', 'three', 'four']) journal.remember(a, device, said('BUSY'))
  journal.remember(a, 'two words', said('INUSE', 7))
  journal.add(a, 'three')
  journal.delete(a, 'four')
  await journal.close()
  for (let turn = 0; turn < 2; turn += 1) {
    const again = await open()
    expect([...again.remembered(a)]).toEqual([
      ['one', said('BUSY')],
      ['two words', said('INUSE', 7)],
    ])
    expect([...again.remembered(b)]).toEqual([])
    expect([...again.keysOf(a)]).toEqual(['three'])
    await again.close()
  }
})

test('what is remembered of a mailbox is there after the next opening, until it is forgotten', async () => {
  const saying = (newMessages: number): Saying<MailboxCounts> => {
    return { value: { newMessages, oldMessages: 7 }, stamp: (stampAt(1_800_000_000_000) + newMessages) as Stamp }
  }
  const journal = await open()
  for (const mailbox of ['1@default', 'with blanks@a context', 'bare']) journal.rememberMailbox(a, mailbox, saying(1))
  journal.rememberMailbox(a, '1@default', saying(2))
  journal.rememberMailbox(b, '1@default', saying(3))
  await journal.close()
  const again = await open()
  expect([...again.rememberedMailboxes(a)]).toEqual([
    ['with blanks@a context', saying(1)],
    ['bare', saying(1)],
    ['1@default', saying(2)],
  ])
  again.forgetMailbox(a, 'with blanks@a context')
  again.forgetMailbox(a, 'never named')
  await again.close()
  const last = await open()
  expect([...last.rememberedMailboxes(a).keys()]).toEqual(['bare', '1@default'])
  expect([...last.rememberedMailboxes(b)]).toEqual([['1@default', saying(3)]])
  await last.close()
})

test('of 50,000 mailboxes it is remembered what they were last said to hold, and not of more (invariant 7)', async () => {
  const saying = { value: { newMessages: 1, oldMessages: 0 }, stamp: stampAt(1) }
  const journal = await open()
  for (let number = 0; number < 50_000; number += 1) journal.rememberMailbox(a, String(number), saying)
  journal.rememberMailbox(a, '0', saying)
  journal.rememberMailbox(a, 'one more', saying)
  await journal.close()
  const again = await open()
  for (const remembered of [journal, again].map((each) => each.rememberedMailboxes(a))) {
    expect(remembered.size).toBe(50_000)
    expect(['0', '1', '2', 'one more'].map((mailbox) => remembered.has(mailbox))).toEqual([true, false, true, true])
  }
  await again.close()
})

test('of as many devices as an entity may have entries it is remembered what they were last said to be, and not of more (invariant 7)', () => {
  const journal = new MemoryJournal()
  for (let number = 0; number < devicesMax; number += 1) journal.remember(a, String(number), said('BUSY'))
  journal.remember(a, '0', said('INUSE'))
  journal.remember(a, 'one more', said('BUSY'))
  const remembered = journal.remembered(a)
  expect(remembered.size).toBe(devicesMax)
  expect(['0', '1', '2', 'one more'].map((device) => remembered.get(device)?.value)).toEqual([
    'INUSE',
    undefined,
    'BUSY',
    'BUSY',
  ])
})

test('lines that are cut or foreign do no harm', async () => {
  await writeFile(
    path,
    `+ ${a} one\nnonsense\n+ zz two\n- ${a}\n= ${a}\n= ${a} 1 BUSY\n= ${a} 1 TALKING x\n= ${a} ${2 ** 60} BUSY x\n= ${a} BUSY x\n@ ${a} 1 2 3\n@ ${a} 1 2 1e9 x\n@ ${a} 1 2 99999999999 x\n@ ${a} ${2 ** 60} 1 2 x\n+ ${b} thr`,
  )
  const journal = await open()
  expect([...journal.keysOf(a)]).toEqual(['one'])
  expect([...journal.entities()]).toEqual([a, b])
  expect([...journal.remembered(a)]).toEqual([])
  expect([...journal.rememberedMailboxes(a)]).toEqual([])
  await journal.close()
})

test('the file follows what counts, not its history (invariant 7)', async () => {
  const journal = await open()
  for (let turn = 0; turn < 30_000; turn += 1) {
    journal.add(a, `d${turn % 5}`)
    journal.delete(a, `d${turn % 5}`)
    journal.remember(b, 'last', said(turn % 2 === 0 ? 'BUSY' : 'INUSE', turn))
    journal.rememberMailbox(b, 'last', { value: { newMessages: turn, oldMessages: 0 }, stamp: stampAt(turn) })
  }
  journal.add(b, 'last')
  await journal.close()
  expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(11_000)
  const again = await open()
  expect([...again.entities()]).toEqual([b])
  await again.close()
})

test('a file that cannot be written is told and stops nothing', async () => {
  const journal = await FileJournal.open(join(directory, 'no', 'where'), (error) => failures.push(error))
  journal.add(a, 'x')
  await journal.close()
  expect(failures.length).toBeGreaterThan(0)
  expect(journal.has(a, 'x')).toBe(true)
})
