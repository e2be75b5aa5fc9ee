import { parsed, unparsed, type Parsed } from './parsed.ts'

/** One PBX server: six bytes, as text in six lower-case hex groups, `01:23:45:67:89:ab`. */
export type EntityId = string & { readonly brand: 'EntityId' }

const pattern = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/
const none = '00:00:00:00:00:00'

/** Whether a text is an entity ID in its one written form. */
const isEntityId = (text: string): text is EntityId => pattern.test(text) && text !== none

/**
 * Reads an entity ID. Upper case is taken and written lower. Stricter than Asterisk, whose `%2x` scan accepts trailing
 * garbage and blanks: a typing error must not become another server. All-zero means "none" there and is refused here.
 */
export function parseEntityId(text: string): Parsed<EntityId> {
  const lower = text.trim().toLowerCase()
  if (isEntityId(lower)) return parsed(lower)
  if (lower === none) return unparsed('an entity ID of zeros means none: give one that is not all zero')
  return unparsed(`"${text.slice(0, 40)}" is no entity ID: six hex pairs are wanted, such as 01:23:45:67:89:ab`)
}

/** Every byte as two hex digits, and back: each message that comes or goes names entities. */
const hexPairs: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** What a lower-case hex digit stands for. */
const digitOf = (code: number): number => (code < 0x3a ? code - 0x30 : code - 0x57)

/** One of the six bytes of an entity ID. */
export function entityIdByte(id: EntityId, place: number): number {
  return (digitOf(id.charCodeAt(3 * place)) << 4) | digitOf(id.charCodeAt(3 * place + 1))
}

/** The six bytes of an entity ID. */
export function entityIdBytes(id: EntityId): Uint8Array {
  const bytes = new Uint8Array(6)
  for (let at = 0; at < 6; at += 1) bytes[at] = entityIdByte(id, at)
  return bytes
}

/** The entity ID of six bytes; undefined when they are not six, or all zero. */
export function entityIdFromBytes(bytes: Uint8Array): EntityId | undefined {
  if (bytes.length !== 6) return undefined
  let text = ''
  for (const byte of bytes) text += text === '' ? hexPairs[byte] : `:${hexPairs[byte]}`
  return isEntityId(text) ? text : undefined
}

/** What is known of a network interface: its name and hardware address (`node:os` `networkInterfaces`). */
export interface InterfaceAddress {
  readonly interface: string
  readonly mac: string
}

/**
 * The first hardware address that is neither all 00 nor all ff, as Asterisk takes it on Linux; undefined where
 * there is none (loopback only).
 */
export function entityIdFromInterfaces(addresses: Iterable<InterfaceAddress>): EntityId | undefined {
  for (const { mac } of addresses) {
    const read = parseEntityId(mac)
    if (read.ok && read.value !== 'ff:ff:ff:ff:ff:ff') return read.value
  }
  return undefined
}
