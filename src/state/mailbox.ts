import { keyFault } from './key.ts'
import { parsed, unparsed, type Parsed } from './parsed.ts'

/** How many messages wait in a mailbox. */
export interface MailboxCounts {
  readonly newMessages: number
  readonly oldMessages: number
}

/** Messages of one kind at most: Asterisk counts them in a C `int`. */
export const messagesMax: number = 2 ** 31 - 1

/** Bytes of a mailbox's name, and of its context: Asterisk's AST_MAX_EXTENSION and AST_MAX_CONTEXT, 80 with the NUL. */
const mailboxPartBytesMax = 79

/** What a mailbox key is read with. */
export interface MailboxOptions {
  /** Put behind a bare name, `100` -> `100@default`, as res_corosync does. Without it a bare name stays bare. */
  readonly context?: string
}

/** Reads a mailbox key, `mailbox@context` or a bare `mailbox`. */
export function parseMailbox(text: string, options: MailboxOptions = {}): Parsed<string> {
  const at = text.indexOf('@')
  const fault =
    keyFault(at < 0 ? text : text.slice(0, at), mailboxPartBytesMax) ??
    (at < 0 ? undefined : contextFault(text.slice(at + 1)))
  if (fault !== undefined) return unparsed(`"${text.slice(0, 40)}" is no mailbox, such as 100@default: ${fault}`)
  return parsed(at < 0 && options.context !== undefined ? `${text}@${options.context}` : text)
}

/** What is wrong with counts, as a sentence; undefined when they are good. */
export function mailboxCountsFault(counts: MailboxCounts | undefined): string | undefined {
  if (counts !== undefined && counts !== null && isCount(counts.newMessages) && isCount(counts.oldMessages))
    return undefined
  return `messages are counted in whole numbers from 0 to ${messagesMax}`
}

/** The counts as they are stored and sent: two LEB128 numbers, new then old; 2 bytes below 128 of each. */
export function encodeMailboxCounts(counts: MailboxCounts): Uint8Array {
  const bytes: number[] = []
  for (let rest of [counts.newMessages, counts.oldMessages]) {
    while (rest >= 0x80) {
      bytes.push((rest % 0x80) | 0x80)
      rest = Math.floor(rest / 0x80)
    }
    bytes.push(rest)
  }
  return Uint8Array.from(bytes)
}

/**
 * Exactly two numbers within bounds, each in its shortest form: every value has one encoding, so that equal values have
 * equal bytes and equal hashes.
 */
export function decodeMailboxCounts(bytes: Uint8Array): Parsed<MailboxCounts> {
  const first = readCount(bytes, 0)
  if (!first.ok) return first
  const second = readCount(bytes, first.value.end)
  if (!second.ok) return second
  if (second.value.end !== bytes.length) return unparsed('bytes follow the two message counts')
  return parsed(Object.freeze({ newMessages: first.value.count, oldMessages: second.value.count }))
}

export function sameMailboxCounts(a: MailboxCounts, b: MailboxCounts): boolean {
  return a.newMessages === b.newMessages && a.oldMessages === b.oldMessages
}

const isCount = (count: number): boolean => Number.isInteger(count) && count >= 0 && count <= messagesMax

function contextFault(context: string): string | undefined {
  return context.includes('@') ? 'it has one @ at most' : keyFault(context, mailboxPartBytesMax)
}

/** 31 bits fit in 5 bytes of 7. */
const countBytesMax = 5

function readCount(bytes: Uint8Array, start: number): Parsed<{ readonly count: number; readonly end: number }> {
  let count = 0
  for (let at = start; at < start + countBytesMax; at += 1) {
    const byte = bytes[at]
    if (byte === undefined) return unparsed('the message counts end too early')
    count += (byte & 0x7f) * 2 ** (7 * (at - start))
    if (byte < 0x80) {
      if (byte === 0 && at > start) return unparsed('a message count is not in its shortest form')
      return count <= messagesMax ? parsed({ count, end: at + 1 }) : unparsed(`a message count is over ${messagesMax}`)
    }
  }
  return unparsed(`a message count is over ${messagesMax}`)
}
