import type { MailboxCounts } from '../state/mailbox.ts'

/**
 * Text without characters that move the cursor, change the terminal or turn the writing direction: names come from other
 * machines. Each is shown as `\u{…}`.
 */
export function printable(text: string): string {
  return text.replaceAll(
    // oxlint-disable-next-line no-control-regex -- Control characters are what is looked for.
    /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028-\u202E\u2066-\u2069]/g,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** A value of any channel, for people. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return value
  if (isMailboxCounts(value)) return `${value.newMessages} new, ${value.oldMessages} old`
  return JSON.stringify(value)
}

/** A duration in its two largest units, such as `2 min 5 s`; below ten seconds with a tenth. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const units: readonly (readonly [string, number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ]
  const first = units.findIndex(([, size]) => whole >= size)
  const [name, size] = units[first] ?? ['s', 1]
  const large = `${Math.floor(whole / size)} ${name}`
  const [nextName, nextSize] = units[first + 1] ?? ['', 0]
  const small = nextSize === 0 ? 0 : Math.floor((whole % size) / nextSize)
  return small === 0 ? large : `${large} ${small} ${nextName}`
}

/** The wall-clock time of day, local, to the millisecond. */
export function timeText(timestamp: string | number): string {
  const time = new Date(timestamp)
  const digits = (value: number, width: number): string => String(value).padStart(width, '0')
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map((part) => digits(part, 2)).join(':')
  return `${clock}.${digits(time.getMilliseconds(), 3)}`
}

/** `1 device`, `2 devices`; a plural of its own is given. */
export const countText = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`

function isMailboxCounts(value: unknown): value is MailboxCounts {
  return typeof value === 'object' && value !== null && 'newMessages' in value && 'oldMessages' in value
}
