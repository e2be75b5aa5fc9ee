import { ByteWriter } from '../protocol/byte-writer.ts'

/** The fields of gossipsub's protobuf with the type "bytes": an envelope's message, a message's data and its topic. */
export const messageField = 0x12
export const dataField = 0x12
export const topicField = 0x22

/** An envelope with one unsigned message, as gossipsub writes it. */
export function envelopeOf(topic: string, data: Uint8Array): Uint8Array {
  const bytes = 2 + sizeWithLength(data.length) + sizeWithLength(Buffer.byteLength(topic))
  return new ByteWriter()
    .byte(messageField)
    .number(bytes)
    .byte(dataField)
    .bytes(data)
    .byte(topicField)
    .text(topic)
    .finish()
}

/** So many bytes with their length in front, in 7 bits a byte. */
function sizeWithLength(length: number): number {
  let size = length + 1
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) size += 1
  return size
}
