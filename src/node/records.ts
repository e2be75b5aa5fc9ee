import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import type { Life } from '../state/version.ts'
import { Failure } from '../runtime/failure.ts'
import type { Evidence } from '../membership/member.ts'
import { decodeMessage } from '../protocol/decode.ts'
import { encodeMessage } from '../protocol/encode.ts'
import type { Store, StoreWrite } from '../storage/store.ts'

/** Whose key an entity was first seen with, and the highest life known of it. */
export interface BindingRecord {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly life: Life
  /** The entity's own signed word of its latest life. */
  readonly evidence?: Evidence | undefined
  /** It was once a linked member. */
  readonly linked?: boolean
  /** The how manieth entity it was that was met; 0 where that was not noted yet. */
  readonly seen?: number
  /** A person has said that it has this key. */
  readonly pinned?: boolean
}

/** A peer to look for again after a restart, without waiting for multicast. */
export interface PeerRecord {
  readonly peer: PeerId
  readonly addresses: readonly string[]
}

/** An own entry that survives a restart, as it is stored and sent. */
export interface EntryRecord {
  readonly channel: string
  readonly key: string
  readonly bytes: Uint8Array
}

const utf8 = new TextEncoder()

const toBytes = (value: unknown): Uint8Array => utf8.encode(JSON.stringify(value))

/** Records are small JSON texts: a person with a LevelDB tool can read what the node remembers. */
function fromBytes(key: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch (cause) {
    throw new Failure('store-damaged', `the store holds an unreadable record "${key}"`, { cause })
  }
}

export function bindingWrite(binding: BindingRecord): StoreWrite {
  const { incarnation, nonce } = binding.life
  const { evidence, linked = false, seen = 0, pinned = false } = binding
  const word =
    evidence === undefined ? '' : Buffer.from(encodeMessage({ kind: 'evidence', ...evidence })).toString('hex')
  const publicKey = Buffer.from(binding.publicKey).toString('hex')
  const value: KeptBinding = { key: publicKey, incarnation, nonce, word, linked, seen, pinned }
  return { key: `binding/${binding.entity}`, value: toBytes(value) }
}

/** A binding as it stands on disk. */
interface KeptBinding {
  readonly key: string
  readonly incarnation: number
  readonly nonce: number
  readonly word: string
  readonly linked: boolean
  readonly seen: number
  readonly pinned: boolean
}

function evidenceOf(word: unknown): Evidence | undefined {
  const message = typeof word === 'string' ? decodeMessage(Buffer.from(word, 'hex')) : undefined
  if (message?.ok !== true || message.value.kind !== 'evidence') return undefined
  const { announcement, signature } = message.value
  return { announcement, signature }
}

export const bindingRemoval = (entity: EntityId): StoreWrite => ({ key: `binding/${entity}`, value: undefined })

export async function readBindings(store: Store): Promise<BindingRecord[]> {
  const records = await store.list('binding/')
  return records.flatMap(([key, bytes]) => {
    const entity = parseEntityId(key.slice('binding/'.length))
    const value = fromBytes(key, bytes) as Partial<Record<keyof KeptBinding, unknown>>
    const publicKey = typeof value.key === 'string' ? new Uint8Array(Buffer.from(value.key, 'hex')) : undefined
    if (!entity.ok || publicKey?.length !== 32) return []
    if (typeof value.incarnation !== 'number' || typeof value.nonce !== 'number') return []
    const { incarnation, nonce, word } = value
    const seen = Number.isSafeInteger(value.seen) ? Number(value.seen) : 0
    const [linked, pinned] = [value.linked === true, value.pinned === true]
    const binding = { entity: entity.value, publicKey, life: { incarnation, nonce }, seen, linked, pinned }
    return [{ ...binding, evidence: evidenceOf(word) }]
  })
}

export function peerWrite(record: PeerRecord): StoreWrite {
  return { key: `peer/${record.peer}`, value: toBytes(record.addresses) }
}

export const peerRemoval = (peer: PeerId): StoreWrite => ({ key: `peer/${peer}`, value: undefined })

export async function readPeers(store: Store): Promise<PeerRecord[]> {
  const records = await store.list('peer/')
  return records.flatMap(([key, bytes]) => {
    const publicKey = publicKeyOf(key.slice('peer/'.length))
    const addresses = fromBytes(key, bytes)
    if (publicKey === undefined || !Array.isArray(addresses)) return []
    return [{ peer: peerIdOf(publicKey), addresses: addresses.filter((address) => typeof address === 'string') }]
  })
}

export function entryWrite(channel: string, key: string, bytes: Uint8Array | undefined): StoreWrite {
  return { key: `entry/${channel}/${key}`, value: bytes }
}

export async function readEntries(store: Store): Promise<EntryRecord[]> {
  const records = await store.list('entry/')
  return records.flatMap(([path, bytes]) => {
    const [, channel, ...key] = path.split('/')
    return channel === undefined || key.length === 0 ? [] : [{ channel, key: key.join('/'), bytes }]
  })
}
