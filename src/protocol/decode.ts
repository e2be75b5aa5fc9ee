import type { Announcement, ChannelRole } from '../state/announcement.ts'
import type { DocumentId } from '../state/document-id.ts'
import { entityIdFromBytes, type EntityId } from '../state/entity-id.ts'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import type { LinkClaim } from '../state/link-claim.ts'
import { versionIn, type Life, type Version } from '../state/version.ts'
import { ByteReader, Unreadable } from './byte-reader.ts'
import { kindOfNumber, wireVersion } from './kinds.ts'
import { limits } from './limits.ts'
import type { HeadMessage, Message } from './messages.ts'

const uint32Max = 2 ** 32 - 1
const channelName = /^[a-z][a-z0-9_]*$/

/**
 * Reads a message. Whatever the bytes are, the answer is a message inside all limits, or the name of what is wrong with
 * them: `newer-version`, `unknown-kind`, `truncated`, `number-too-large` and so on.
 */
export function decodeMessage(bytes: Uint8Array): Parsed<Message> {
  try {
    const reader = new ByteReader(bytes)
    const version = reader.byte()
    if (version > wireVersion) return unparsed('newer-version')
    if (version < wireVersion) return unparsed('older-version')
    const kind = kindOfNumber.get(reader.byte())
    if (kind === undefined) return unparsed('unknown-kind')
    const message = readFields(reader, kind)
    reader.end()
    return parsed(message)
  } catch (error) {
    if (error instanceof Unreadable) return unparsed(error.message)
    throw error
  }
}

function readFields(reader: ByteReader, kind: Message['kind']): Message {
  switch (kind) {
    case 'heartbeat':
    case 'evidence':
      return { kind, announcement: readAnnouncement(reader), signature: reader.raw(64) }
    case 'refusal':
      return { kind, entity: readEntity(reader), holder: reader.raw(32) }
    case 'farewell':
      return { kind, ...readFarewell(reader), signature: reader.raw(64) }
    case 'accusation':
      return {
        kind,
        entity: readEntity(reader),
        life: readLife(reader),
        sequence: reader.number(uint32Max),
        by: readEntity(reader),
      }
    case 'run':
      return readRun(reader)
    case 'roll-over':
      return { kind, head: readHead(reader), from: reader.number(uint32Max) }
    case 'passing':
      return {
        kind,
        entity: readEntity(reader),
        life: readLife(reader),
        sequence: reader.number(uint32Max),
        channel: readChannel(reader),
        key: reader.text(limits.keyMaxBytes),
        value: reader.bytes(limits.valueMaxBytes),
        signature: reader.raw(64),
      }
    case 'compare':
      return {
        kind,
        digests: reader.list(limits.channelsMax, () => ({ channel: readChannel(reader), digest: reader.raw(32) })),
      }
    case 'same':
      return { kind }
    case 'vector':
      return {
        kind,
        channels: reader.list(limits.channelsMax, () => readChannel(reader)),
        stands: reader.list(limits.standsPerFrameMax, () => ({
          document: readDocumentId(reader),
          version: readVersion(reader),
          mark: reader.raw(8),
        })),
      }
    case 'pull':
      return { kind, wants: reader.list(limits.wantsPerPullMax, () => readWant(reader)) }
    case 'check':
    case 'agreement':
    case 'listed':
      return readCheckFields(reader, kind)
  }
}

function readCheckFields(reader: ByteReader, kind: 'check' | 'agreement' | 'listed'): Message {
  switch (kind) {
    case 'check':
      return { kind, list: reader.list(limits.channelsMax, () => readChannel(reader)) }
    case 'agreement':
      return {
        kind,
        entity: readEntity(reader),
        counted: reader.list(limits.membersMax, () => ({ entity: readEntity(reader), life: readLife(reader) })),
        channels: reader.list(limits.channelsMax, () => ({
          channel: readChannel(reader),
          keys: reader.number(uint32Max),
          digest: reader.raw(32),
        })),
      }
    case 'listed':
      return {
        kind,
        channel: readChannel(reader),
        values: reader.list(limits.listedPerFrameMax, () => ({
          key: reader.text(limits.keyMaxBytes),
          value: reader.bytes(limits.valueMaxBytes),
        })),
      }
  }
}

function readRun(reader: ByteReader): Message {
  const head = readHead(reader)
  const from = reader.number(uint32Max)
  const part = reader.number(limits.updatesPerTransferMax)
  const parts = reader.number(limits.updatesPerTransferMax)
  if (part >= parts) throw new Unreadable('part-out-of-range')
  return { kind: 'run', head, from, part, parts, update: reader.bytes(limits.updateMaxBytes) }
}

function readAnnouncement(reader: ByteReader): Announcement {
  const entity = readEntity(reader)
  const publicKey = reader.raw(32)
  const life = readLife(reader)
  const sequence = reader.number(uint32Max)
  const name = readName(reader)
  const addresses = reader.list(limits.addressesMax, () => reader.text(limits.addressMaxBytes))
  const channels = reader.list(limits.channelsMax, () => readRole(reader))
  const heartbeatMs = reader.number(3_600_000)
  const flags = reader.byte()
  if (flags > 7) throw new Unreadable('unknown-flag')
  const [wantsRelay, hasTwin] = [(flags & 1) !== 0, (flags & 4) !== 0]
  const links = readLinks(reader, (flags & 2) !== 0)
  const stands = reader.list(limits.documentsPerEntityMax, () => ({
    channel: readChannel(reader),
    shard: reader.number(limits.documentsPerEntityMax),
    epoch: reader.number(uint32Max),
    clock: reader.number(uint32Max),
    mark: reader.raw(8),
  }))
  return {
    entity,
    publicKey,
    life,
    sequence,
    name,
    addresses,
    channels,
    heartbeatMs,
    wantsRelay,
    hasTwin,
    links,
    stands,
  }
}

function readRole(reader: ByteReader): ChannelRole {
  const channel = readChannel(reader)
  const role = reader.byte()
  if (role > 3) throw new Unreadable('unknown-role')
  return { channel, publish: (role & 1) !== 0, subscribe: (role & 2) !== 0 }
}

function readLinks(reader: ByteReader, all: boolean): LinkClaim {
  return all
    ? { all, check: readMark(reader) }
    : { all, marks: reader.list(limits.linksToldMax, () => readMark(reader)) }
}

const readMark = (reader: ByteReader): number => (reader.byte() << 8) | reader.byte()

function readFarewell(reader: ByteReader): { entity: EntityId; publicKey: Uint8Array; life: Life; sequence: number } {
  return {
    entity: readEntity(reader),
    publicKey: reader.raw(32),
    life: readLife(reader),
    sequence: reader.number(uint32Max),
  }
}

function readWant(reader: ByteReader): { document: DocumentId; since: Version | undefined } {
  const document = readDocumentId(reader)
  return { document, since: readFlag(reader) ? readVersion(reader) : undefined }
}

function readFlag(reader: ByteReader): boolean {
  const flag = reader.byte()
  if (flag > 1) throw new Unreadable('unknown-flag')
  return flag === 1
}

function readHead(reader: ByteReader): HeadMessage {
  return {
    document: readDocumentId(reader),
    version: readVersion(reader),
    stateHash: reader.raw(32),
    signature: reader.raw(64),
  }
}

function readDocumentId(reader: ByteReader): DocumentId {
  return {
    entity: readEntity(reader),
    channel: readChannel(reader),
    shard: reader.number(limits.documentsPerEntityMax),
  }
}

function readVersion(reader: ByteReader): Version {
  return versionIn(readLife(reader), reader.number(uint32Max), reader.number(uint32Max))
}

function readLife(reader: ByteReader): Life {
  return { incarnation: reader.number(limits.incarnationMax), nonce: reader.number(uint32Max) }
}

function readEntity(reader: ByteReader): EntityId {
  const entity = entityIdFromBytes(reader.raw(6))
  if (entity === undefined) throw new Unreadable('entity-id-zero')
  return entity
}

function readChannel(reader: ByteReader): string {
  const channel = reader.text(limits.channelNameMaxBytes)
  if (!channelName.test(channel)) throw new Unreadable('channel-name-invalid')
  return channel
}

/** Names are shown on terminals and pages: control characters have no business there. */
function readName(reader: ByteReader): string {
  const name = reader.text(limits.nodeNameMaxBytes)
  if (/\p{Cc}/u.test(name)) throw new Unreadable('name-has-control-characters')
  return name
}
