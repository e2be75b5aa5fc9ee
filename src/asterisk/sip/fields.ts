import { sipLimits } from './limits.ts'

/** The compact names (RFC 3261, section 7.3.3; RFC 6665: `o` is Event). */
const compactNames = [
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
] as const

/** Every field of Asterisk's requests and responses, as it writes them: they are known at sight. */
const usualNames =
  'Via From To Call-ID CSeq Event SIP-If-Match SIP-ETag Expires Max-Forwards User-Agent Server Content-Type Content-Length'

const names: ReadonlyMap<string, string> = new Map([
  ...compactNames,
  ...usualNames.split(' ').map((name) => [name, name.toLowerCase()] as const),
])

/** The long name of a field in lower case, from what stands in front of the colon; undefined where that is no name. */
export function headerName(written: string): string | undefined {
  const known = names.get(written)
  if (known !== undefined) return known
  const name = written.trimEnd().toLowerCase()
  return tokenPattern.test(name) ? (names.get(name) ?? name) : undefined
}

/** RFC 3261, section 25.1: `token`. */
export const tokenPattern: RegExp = /^[A-Za-z0-9\-.!%*_+`'~]+$/

export interface CSeq {
  readonly sequence: number
  readonly method: string
}

/** Undefined where it is none. */
export function readCSeq(value: string): CSeq | undefined {
  const match = /^(\d{1,10})[ \t]+(\S+)$/.exec(value)
  const sequence = Number(match?.[1] ?? Number.NaN)
  const method = match?.[2] ?? ''
  return sequence <= sipLimits.sequenceMax && tokenPattern.test(method) ? { sequence, method } : undefined
}

/** A whole number from 0 to 2^32 - 1, as in Expires; undefined where it is none. */
export function readSeconds(value: string): number | undefined {
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN
  return number < 2 ** 32 ? number : undefined
}

export interface Via {
  readonly transport: string
  /** Host and port as written: what, with the branch, names a transaction. */
  readonly sentBy: string
  readonly branch: string | undefined
}

/** The topmost Via; undefined where it is none. */
export function readVia(value: string): Via | undefined {
  const first = value.split(',', 1)[0] ?? ''
  const match = /^SIP\s*\/\s*2\.0\s*\/\s*([A-Za-z0-9-]+)\s+([^\s;]+(?:\s*:\s*\d+)?)\s*(?:;(.*))?$/i.exec(first)
  if (match === null) return undefined
  const [, transport = '', sentBy = '', parameters = ''] = match
  const branch = /(?:^|;)\s*branch\s*=\s*([^;\s]+)/i.exec(parameters)?.[1]
  return { transport: transport.toUpperCase(), sentBy: sentBy.toLowerCase(), branch }
}

/** From and To: an address with or without a name in front. Only their form is looked at. */
export function isNameAddress(value: string): boolean {
  const named = /^(?:"(?:[^"\\]|\\.)*"\s*|[^"<>;,]*)<([^<>"\s]+)>\s*(?:;.*)?$/.exec(value)
  const uri = named?.[1] ?? /^([^\s<>",;?]+)\s*(?:;.*)?$/.exec(value)?.[1]
  return uri !== undefined && /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(uri)
}
