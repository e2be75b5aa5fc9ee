import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { decodeMessage } from '../protocol/decode.ts'
import { encodeMessage } from '../protocol/encode.ts'
import { limits } from '../protocol/limits.ts'
import type { Message } from '../protocol/messages.ts'
import { ByteReader, Unreadable } from '../protocol/byte-reader.ts'
import { ByteWriter } from '../protocol/byte-writer.ts'
import { unparsed, type Parsed } from '../state/parsed.ts'

/**
 * Frames of an answer to a pull hold many messages, deflated together: entries of one document repeat their
 * shape, and a snapshot shrinks to a seventh.
 */
const packTargetBytes = 65_536

/** Puts messages together into deflated frames, made one by one as they are taken. */
export function* packFrames(messages: Iterable<Message>): Generator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let bytes = 0
  for (const message of messages) {
    const encoded = encodeMessage(message)
    if (bytes > 0 && bytes + encoded.length > packTargetBytes) {
      yield pack(gathered)
      gathered = []
      bytes = 0
    }
    gathered.push(encoded)
    bytes += encoded.length
  }
  if (gathered.length > 0) yield pack(gathered)
}

function pack(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter()
  writer.list(messages, (message) => writer.bytes(message))
  return new Uint8Array(deflateRawSync(writer.finish(), { level: 1 }))
}

/** The messages of a frame, up to the first that is unreadable, of which the reason is the last. */
export function unpackFrame(frame: Uint8Array): Parsed<Message>[] {
  try {
    const plain = inflateRawSync(frame, { maxOutputLength: limits.frameMaxBytes })
    const reader = new ByteReader(new Uint8Array(plain.buffer, plain.byteOffset, plain.length))
    const messages: Parsed<Message>[] = []
    for (let left = reader.number(limits.messagesPerFrameMax); left > 0; left -= 1) {
      const message = decodeMessage(reader.bytes(limits.frameMaxBytes))
      messages.push(message)
      if (!message.ok) return messages
    }
    reader.end()
    return messages
  } catch (error) {
    return [unparsed(error instanceof Unreadable ? error.message : 'frame-not-deflated')]
  }
}
