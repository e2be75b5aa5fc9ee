import { ContentBinary, type Item, type UpdateEncoderV1, type UpdateEncoderV2 } from 'yjs'
import { bytesOf } from '../runtime/byte-text.ts'
import { writerClient } from './item-format.ts'

const noBytes = new Uint8Array(0)

/**
 * Where a live item stands and what it holds: one object in place of an `ID`, a `ContentBinary` and a `Uint8Array`, with which an
 * item takes 250 bytes more. Yjs takes it for either of the first two.
 */
export class Held extends ContentBinary {
  readonly clock: number
  /** As text of one character a byte; empty where the key is removed. */
  readonly value: string

  constructor(clock: number, value: string) {
    super(noBytes)
    this.clock = clock
    this.value = value
  }

  get client(): number {
    return writerClient
  }

  override write(encoder: UpdateEncoderV1 | UpdateEncoderV2): void {
    encoder.writeBuf(bytesOf(this.value))
  }
}

/** The value of a key's last item, which is held whenever no change is under way. */
export function valueOf({ content }: Item): string {
  return content instanceof Held ? content.value : ''
}
