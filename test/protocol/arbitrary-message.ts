import fc, { type Arbitrary } from 'fast-check'
import { limits } from '../../src/protocol/limits.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { Announcement } from '../../src/state/announcement.ts'
import type { DocumentId } from '../../src/state/document-id.ts'
import { entityIdFromBytes, type EntityId } from '../../src/state/entity-id.ts'
import type { Life, Version } from '../../src/state/version.ts'

const uint32 = fc.nat({ max: 2 ** 32 - 1 })
const bytes = (length: number): Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })

const entity: Arbitrary<EntityId> = bytes(6).map((raw) => entityIdFromBytes(raw) ?? ('02:00:00:00:00:01' as EntityId))
const channel = fc.stringMatching(/^[a-z][a-z0-9_]{0,31}$/)
const life: Arbitrary<Life> = fc.record({ incarnation: fc.nat({ max: limits.incarnationMax }), nonce: uint32 })
const version: Arbitrary<Version> = fc
  .record({ life, epoch: uint32, clock: uint32 })
  .map(({ life: { incarnation, nonce }, epoch, clock }) => ({ incarnation, nonce, epoch, clock }))
const shard = fc.nat({ max: limits.documentsPerEntityMax })
const document: Arbitrary<DocumentId> = fc.record({ entity, channel, shard })
const head = fc.record({ document, version, stateHash: bytes(32), signature: bytes(64) })
const shortText = fc.string({ maxLength: 16 }).filter((text) => !/\p{Cc}/u.test(text))

const mark = fc.nat({ max: 0xffff })

const announcement: Arbitrary<Announcement> = fc.record({
  entity,
  publicKey: bytes(32),
  life,
  sequence: uint32,
  name: shortText,
  addresses: fc.array(shortText, { maxLength: limits.addressesMax }),
  channels: fc.array(fc.record({ channel, publish: fc.boolean(), subscribe: fc.boolean() }), {
    maxLength: limits.channelsMax,
  }),
  heartbeatMs: fc.nat({ max: 3_600_000 }),
  wantsRelay: fc.boolean(),
  hasTwin: fc.boolean(),
  links: fc.oneof(
    fc.record({ all: fc.constant(true as const), check: mark }),
    fc.record({ all: fc.constant(false as const), marks: fc.array(mark, { maxLength: limits.linksToldMax }) }),
  ),
  stands: fc.array(fc.record({ channel, shard, epoch: uint32, clock: uint32, mark: bytes(8) }), { maxLength: 5 }),
})

const signed = { announcement, signature: bytes(64) }
const update = fc.uint8Array({ maxLength: 200 })
const counted = fc.array(fc.record({ entity, life }), { maxLength: 5 })
const value = fc.record({ key: shortText, value: update })

/** Any message inside the limits. */
export const arbitraryMessage: Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('heartbeat' as const), ...signed }),
  fc.record({ kind: fc.constant('evidence' as const), ...signed }),
  fc.record({
    kind: fc.constant('farewell' as const),
    entity,
    publicKey: bytes(32),
    life,
    sequence: uint32,
    signature: bytes(64),
  }),
  fc.record({ kind: fc.constant('refusal' as const), entity, holder: bytes(32) }),
  fc.record({
    kind: fc.constant('passing' as const),
    entity,
    life,
    sequence: uint32,
    channel,
    key: shortText,
    value: update,
    signature: bytes(64),
  }),
  fc.record({ kind: fc.constant('accusation' as const), entity, life, sequence: uint32, by: entity }),
  fc
    .record({
      head,
      from: uint32,
      parts: fc.integer({ min: 1, max: limits.updatesPerTransferMax }),
      at: fc.nat(),
      update,
    })
    .map(({ at, ...run }) => ({ kind: 'run' as const, ...run, part: at % run.parts })),
  fc.record({ kind: fc.constant('roll-over' as const), head, from: uint32 }),
  fc.record({
    kind: fc.constant('compare' as const),
    digests: fc.array(fc.record({ channel, digest: bytes(32) }), { maxLength: limits.channelsMax }),
  }),
  fc.constant({ kind: 'same' as const }),
  fc.record({
    kind: fc.constant('vector' as const),
    channels: fc.array(channel, { maxLength: limits.channelsMax }),
    stands: fc.array(fc.record({ document, version, mark: bytes(8) }), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant('pull' as const),
    wants: fc.array(fc.record({ document, since: fc.option(version, { nil: undefined }) }), { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('check' as const), list: fc.array(channel, { maxLength: limits.channelsMax }) }),
  fc.record({
    kind: fc.constant('agreement' as const),
    entity,
    counted,
    channels: fc.array(fc.record({ channel, keys: uint32, digest: bytes(32) }), { maxLength: limits.channelsMax }),
  }),
  fc.record({ kind: fc.constant('listed' as const), channel, values: fc.array(value, { maxLength: 5 }) }),
)
