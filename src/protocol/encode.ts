import type { Announcement } from '../state/announcement.ts'
import type { DocumentId } from '../state/document-id.ts'
import { entityIdBytes } from '../state/entity-id.ts'
import type { Life, Version } from '../state/version.ts'
import { ByteWriter } from './byte-writer.ts'
import { kinds, wireVersion } from './kinds.ts'
import type { FarewellMessage, HeadMessage, Message, PassingMessage } from './messages.ts'

/** The bytes of a message: wire version, kind, fields (the grammar is in PROTOCOL.md). */
export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().byte(wireVersion).byte(kinds[message.kind])
  writeFields(writer, message)
  return writer.finish()
}

/** What the signature of a heartbeat covers. The cluster's name keeps one cluster's words out of another. */
export function announcementBytes(cluster: string, announcement: Announcement): Uint8Array {
  const writer = new ByteWriter().text('lampfield announcement 1').text(cluster)
  writeAnnouncement(writer, announcement)
  return writer.finish()
}

/** What the signature of a farewell covers. */
export function farewellBytes(cluster: string, farewell: Omit<FarewellMessage, 'kind' | 'signature'>): Uint8Array {
  const writer = new ByteWriter().text('lampfield farewell 1').text(cluster)
  writeFarewell(writer, farewell)
  return writer.finish()
}

/** What the signature of a value that nobody keeps covers. */
export function passingBytes(cluster: string, passing: Omit<PassingMessage, 'kind' | 'signature'>): Uint8Array {
  const writer = new ByteWriter().text('lampfield passing 1').text(cluster)
  writePassing(writer, passing)
  return writer.finish()
}

function writeFields(writer: ByteWriter, message: Message): void {
  switch (message.kind) {
    case 'heartbeat':
    case 'evidence':
      writeAnnouncement(writer, message.announcement)
      writer.raw(message.signature)
      return
    case 'refusal':
      writer.raw(entityIdBytes(message.entity)).raw(message.holder)
      return
    case 'farewell':
      writeFarewell(writer, message)
      writer.raw(message.signature)
      return
    case 'accusation':
      writer.raw(entityIdBytes(message.entity))
      writeLife(writer, message.life)
      writer.number(message.sequence).raw(entityIdBytes(message.by))
      return
    case 'run':
      writeHead(writer, message.head)
      writer.number(message.from).number(message.part).number(message.parts).bytes(message.update)
      return
    case 'roll-over':
      writeHead(writer, message.head)
      writer.number(message.from)
      return
    case 'passing':
      writePassing(writer, message)
      writer.raw(message.signature)
      return
    case 'compare':
      writer.list(message.digests, ({ channel, digest }) => writer.text(channel).raw(digest))
      return
    case 'same':
      return
    case 'vector':
      writer.list(message.channels, (channel) => writer.text(channel))
      writer.list(message.stands, ({ document, version, mark }) => {
        writeDocumentId(writer, document)
        writeVersion(writer, version)
        writer.raw(mark)
      })
      return
    case 'pull':
      writer.list(message.wants, ({ document, since }) => {
        writeDocumentId(writer, document)
        writer.byte(since === undefined ? 0 : 1)
        if (since !== undefined) writeVersion(writer, since)
      })
      return
    case 'check':
      writer.list(message.list, (channel) => writer.text(channel))
      return
    case 'agreement':
      writer.raw(entityIdBytes(message.entity)).list(message.counted, ({ entity, life }) => {
        writer.raw(entityIdBytes(entity))
        writeLife(writer, life)
      })
      writer.list(message.channels, ({ channel, keys, digest }) => writer.text(channel).number(keys).raw(digest))
      return
    case 'listed':
      writer.text(message.channel).list(message.values, ({ key, value }) => writer.text(key).bytes(value))
  }
}

function writeAnnouncement(writer: ByteWriter, announcement: Announcement): void {
  writer.raw(entityIdBytes(announcement.entity)).raw(announcement.publicKey)
  writeLife(writer, announcement.life)
  writer.number(announcement.sequence).text(announcement.name)
  writer.list(announcement.addresses, (address) => writer.text(address))
  writer.list(announcement.channels, ({ channel, publish, subscribe }) =>
    writer.text(channel).byte((publish ? 1 : 0) + (subscribe ? 2 : 0)),
  )
  const { heartbeatMs, wantsRelay, hasTwin, links } = announcement
  writer.number(heartbeatMs).byte((wantsRelay ? 1 : 0) + (links.all ? 2 : 0) + (hasTwin ? 4 : 0))
  if (links.all) writeMark(writer, links.check)
  else writer.list(links.marks, (mark) => writeMark(writer, mark))
  writer.list(announcement.stands, ({ channel, shard, epoch, clock, mark }) =>
    writer.text(channel).number(shard).number(epoch).number(clock).raw(mark),
  )
}

function writeMark(writer: ByteWriter, mark: number): void {
  writer.byte(mark >> 8).byte(mark & 0xff)
}

function writeFarewell(writer: ByteWriter, farewell: Omit<FarewellMessage, 'kind' | 'signature'>): void {
  writer.raw(entityIdBytes(farewell.entity)).raw(farewell.publicKey)
  writeLife(writer, farewell.life)
  writer.number(farewell.sequence)
}

function writePassing(writer: ByteWriter, passing: Omit<PassingMessage, 'kind' | 'signature'>): void {
  writer.raw(entityIdBytes(passing.entity))
  writeLife(writer, passing.life)
  writer.number(passing.sequence).text(passing.channel).text(passing.key).bytes(passing.value)
}

function writeHead(writer: ByteWriter, head: HeadMessage): void {
  writeDocumentId(writer, head.document)
  writeVersion(writer, head.version)
  writer.raw(head.stateHash).raw(head.signature)
}

function writeDocumentId(writer: ByteWriter, document: DocumentId): void {
  writer.raw(entityIdBytes(document.entity)).text(document.channel).number(document.shard)
}

function writeLife(writer: ByteWriter, life: Life): void {
  writer.number(life.incarnation).number(life.nonce)
}

function writeVersion(writer: ByteWriter, version: Version): void {
  writeLife(writer, version)
  writer.number(version.epoch).number(version.clock)
}
