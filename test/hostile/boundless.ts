import { packFrames } from '../../src/node/frame-packing.ts'
import { transferMessages } from '../../src/node/transfer-assembly.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { limits as wire } from '../../src/protocol/limits.ts'
import { Replica } from '../../src/replica/replica.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Life } from '../../src/state/version.ts'
import { limits } from '../replica/setup.ts'
import type { Insider } from './insider.ts'

export interface BoundlessOptions {
  readonly insider: Insider
  readonly cluster: string
  readonly self: EntityId
  readonly life: Life
  readonly clock: Clock
  readonly sign: (bytes: Uint8Array) => Uint8Array
}

/** A replica without the bounds of the protocol, which the insider serves: everything in it is signed with `sign`. */
export function boundless({ insider, cluster, self, life, clock, sign }: BoundlessOptions): Replica {
  const replica = new Replica({
    self,
    cluster,
    clock,
    limits: {
      ...limits,
      keyMaxBytes: 3000,
      valueMaxBytes: 50_000,
      keysPerDocumentMax: 20_000,
      documentsPerEntityMax: wire.documentsPerEntityMax,
      entriesPerEntityMax: 10 * wire.entriesPerEntityMax,
      structsPerUpdateMax: 9000,
    },
    sign,
    verify: () => 'good',
    admit: () => undefined,
    onChange: () => {},
  })
  replica.begin(life)
  insider.answer = (frame) => {
    const message = decodeMessage(frame)
    if (!message.ok || message.value.kind !== 'pull') return []
    const transfers = message.value.wants.flatMap(({ document }) => [...replica.transfers(document, undefined)])
    return packFrames(transfers.flatMap((transfer) => [...transferMessages(transfer)]))
  }
  return replica
}

/** Where its documents stand, as a heartbeat says it. */
export function standsOf(replica: Replica, self: EntityId): Announcement['stands'] {
  return [...replica.heads({ entity: self })].map(({ document, version, stateHash }) => {
    const { channel, shard } = document
    return { channel, shard, epoch: version.epoch, clock: version.clock, mark: stateHash.subarray(0, 8) }
  })
}
