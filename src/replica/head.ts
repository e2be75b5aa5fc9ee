import { writeUint32 } from '../runtime/byte-text.ts'
import type { DocumentId } from '../state/document-id.ts'
import { entityIdBytes } from '../state/entity-id.ts'
import { versionIn } from '../state/version.ts'
import type { ReplicaLimits } from './limits.ts'
import type { Head } from './transfer.ts'

/** A head before its owner has signed it. */
export type Claim = Omit<Head, 'signature'>

/** Bytes of a state hash: SHA-256. */
export const stateHashBytes = 32

/** Bytes of an Ed25519 signature. */
const signatureBytes = 64

/**
 * The owner rolls over at this clock, whatever its document holds, so that no clock outgrows 32 bits: one write adds
 * less than the other half.
 */
export const rollOverClock: number = 2 ** 31

const clockMax = 2 ** 32 - 1
const channelMaxBytes = 255

/** Names what is signed and its layout, so that no signature over other bytes can ever be taken for one over a head. */
const domain = Buffer.from('lampfield document head 1\0')

/** What the signed bytes of every head of a document begin with: whoever signs many makes it once. */
export function signedPrefix(cluster: string, document: DocumentId): Uint8Array {
  const clusterBytes = Buffer.byteLength(cluster)
  const channelBytes = Buffer.byteLength(document.channel)
  const bytes = Buffer.allocUnsafe(domain.length + 2 + clusterBytes + 6 + 2 + channelBytes + 4)
  domain.copy(bytes)
  let at = bytes.writeUInt16BE(clusterBytes, domain.length)
  at += bytes.write(cluster, at)
  bytes.set(entityIdBytes(document.entity), at)
  at = bytes.writeUInt16BE(channelBytes, at + 6)
  at += bytes.write(document.channel, at)
  bytes.writeUInt32BE(document.shard, at)
  return bytes
}

/**
 * What the owner signs. Every part has a fixed length or its length in front, so two different heads, or heads of
 * two clusters, never give the same bytes. `prefix`: where it is at hand already.
 */
export function signedBytes(
  cluster: string,
  { document, version, stateHash }: Claim,
  prefix: Uint8Array = signedPrefix(cluster, document),
): Uint8Array {
  const bytes = new Uint8Array(prefix.length + 28 + stateHashBytes)
  bytes.set(prefix)
  let at = writeUint64(bytes, version.incarnation, prefix.length)
  at = writeUint32(bytes, version.nonce, at)
  at = writeUint64(bytes, version.epoch, at)
  at = writeUint64(bytes, version.clock, at)
  bytes.set(stateHash, at)
  return bytes
}

function writeUint64(bytes: Uint8Array, value: number, at: number): number {
  return writeUint32(bytes, value % 2 ** 32, writeUint32(bytes, Math.floor(value / 2 ** 32), at))
}

/** Whether a head has the shape of one, so that it can be compared, signed and counted without further doubt. */
export function isHead(head: Head, limits: ReplicaLimits): boolean {
  const { document, version } = head
  return (
    isWithin(document.shard, 0, limits.documentsPerEntityMax - 1) &&
    isChannelName(document.channel) &&
    isWithin(version.incarnation, 0, Number.MAX_SAFE_INTEGER) &&
    isWithin(version.nonce, 0, 2 ** 32 - 1) &&
    isWithin(version.epoch, 1, Number.MAX_SAFE_INTEGER) &&
    isWithin(version.clock, 0, clockMax) &&
    head.stateHash.length === stateHashBytes &&
    head.signature.length === signatureBytes
  )
}

/** Whether a channel's name can stand in a head. The channel's own rules are stricter and checked elsewhere. */
export function isChannelName(channel: string): boolean {
  const bytes = Buffer.byteLength(channel)
  return bytes > 0 && bytes <= channelMaxBytes && !/\p{Surrogate}/u.test(channel)
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= min && value <= max
}

/** A copy that keeps no network buffer alive. */
export function ownHead(head: Head): Head {
  const { entity, channel, shard } = head.document
  const { version } = head
  return {
    document: { entity, channel, shard },
    version: versionIn(version, version.epoch, version.clock),
    stateHash: new Uint8Array(head.stateHash),
    signature: new Uint8Array(head.signature),
  }
}
