import type { Command } from 'commander'
import { toJson } from '../../control/json.ts'
import { Failure } from '../../runtime/failure.ts'
import { messagesMax, parseMailbox } from '../../state/mailbox.ts'
import type { Parsed } from '../../state/parsed.ts'
import { clientOf, type ClientOptions } from '../client-of.ts'
import { addExamples, addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `mailboxes` and `mwi get|set|unset`. */
export function addMailboxCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'mailboxes',
    summary: 'messages that wait in each mailbox',
    examples: ['mailboxes', 'mailboxes --json'],
    rows: (client) => client.mailboxes(),
    columns: [
      { title: 'MAILBOX', text: ({ name }) => name },
      { title: 'NEW', text: ({ new_messages }) => String(new_messages), right: true },
      { title: 'OLD', text: ({ old_messages }) => String(old_messages), right: true },
    ],
    empty: 'no live entity says anything of any mailbox',
  })
  const mwi = program
    .command('mwi')
    .summary('read and write message waiting')
    .description('Message waiting of one mailbox.')
  addExamples(mwi, ['mwi set 100@default 2 1', 'mwi get 100@default'])
  addGet(mwi, terminal)
  addSet(mwi, terminal)
  addUnset(mwi, terminal)
}

function addGet(mwi: Command, terminal: Terminal): void {
  const command = mwi
    .command('get <mailbox>')
    .summary('how many messages wait')
    .description('How many messages wait in a mailbox: the latest word of all live entities.')
    .option('--json', 'print JSON')
  addExamples(command, ['mwi get 100@default'])
  command.action(async (text: string) => {
    const options = command.optsWithGlobals<ClientOptions>()
    const mailbox = wanted(parseMailbox(text))
    const found = await (await clientOf(terminal, options)).mailbox(mailbox)
    if (found === undefined) {
      terminal.err(`no live entity says anything of mailbox ${mailbox}`)
      terminal.exitCode = 1
      return
    }
    const { new_messages: newMessages, old_messages: oldMessages } = found
    terminal.out(options.json === true ? toJson(found, 2) : `${newMessages} new, ${oldMessages} old`)
  })
}

function addSet(mwi: Command, terminal: Terminal): void {
  const command = mwi
    .command('set <mailbox> <new> <old>')
    .summary("this entity's counts of a mailbox")
    .description('Says how many new and old messages wait in a mailbox.')
  addExamples(command, ['mwi set 100@default 2 1'])
  command.action(async (text: string, newText: string, oldText: string) => {
    const mailbox = wanted(parseMailbox(text))
    const counts = { newMessages: countOf(newText), oldMessages: countOf(oldText) }
    await (await clientOf(terminal, command.optsWithGlobals())).setMailbox(mailbox, counts)
  })
}

function addUnset(mwi: Command, terminal: Terminal): void {
  const command = mwi
    .command('unset <mailbox>')
    .summary("take this entity's counts of a mailbox back")
    .description("Takes this entity's counts of a mailbox back.")
  addExamples(command, ['mwi unset 100@default'])
  command.action(async (text: string) => {
    const mailbox = wanted(parseMailbox(text))
    const removed = await (await clientOf(terminal, command.optsWithGlobals())).unsetMailbox(mailbox)
    if (!removed) terminal.err(`this entity says nothing of mailbox ${mailbox}: nothing to take back`)
  })
}

function wanted<Value>(read: Parsed<Value>): Value {
  if (read.ok) return read.value
  throw new Failure('invalid-argument', read.reason)
}

function countOf(text: string): number {
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (count <= messagesMax) return count
  throw new Failure('invalid-argument', `"${text}" is no number of messages: 0 to ${messagesMax} are possible`)
}
