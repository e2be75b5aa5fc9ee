import type { Clock } from '../runtime/clock.ts'
import type { KeyPair, Signatures } from '../runtime/signature.ts'
import { limits } from '../protocol/limits.ts'
import type { EntryChange } from '../replica/change.ts'
import type { ReplicaLimits } from '../replica/limits.ts'
import { Replica } from '../replica/replica.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Fold } from './fold.ts'

export interface ReplicaParts {
  readonly self: EntityId
  readonly cluster: string
  readonly clock: Clock
  readonly keys: KeyPair
  readonly signatures: Signatures
  readonly folds: ReadonlyMap<string, Fold>
  readonly publicKeyOf: (entity: EntityId) => Uint8Array | undefined
  readonly onChange: (change: EntryChange) => void
  /** What the entries of all others may take together, in bytes. */
  readonly roomBytes: number
  /** Which of two others keeps its place where there is no room for both: the one with the lower number. */
  readonly precedenceOf: (entity: EntityId) => number
  /** An entity's documents found no room. */
  readonly crowdedOut: (entity: EntityId, needs: number) => void
}

/** The wire's bounds, by the replica's names. */
const replicaLimits: Omit<ReplicaLimits, 'roomBytes'> = {
  keyMaxBytes: limits.keyMaxBytes,
  valueMaxBytes: limits.valueMaxBytes,
  keysPerDocumentMax: limits.keysPerDocumentMax,
  documentsPerEntityMax: limits.documentsPerEntityMax,
  entriesPerEntityMax: limits.entriesPerEntityMax,
  updateMaxBytes: limits.updateMaxBytes,
  structsPerUpdateMax: limits.updateMaxStructs,
  updatesPerTransferMax: limits.updatesPerTransferMax,
  // Its own is no member.
  entitiesMax: limits.membersMax + 1,
}

/** The replica of a node: signed with its key, checked with the members' keys and the channels' codecs. */
export function makeReplica(parts: ReplicaParts): Replica {
  const { self, cluster, clock, keys, signatures, folds, publicKeyOf, onChange } = parts
  const { roomBytes, precedenceOf, crowdedOut } = parts
  return new Replica({
    self,
    cluster,
    clock,
    onChange,
    limits: { ...replicaLimits, roomBytes },
    precedenceOf,
    crowdedOut,
    sign: (bytes) => signatures.sign(keys, bytes),
    verify: (entity, bytes, signature) => {
      const publicKey = publicKeyOf(entity)
      if (publicKey === undefined) return 'unknown-entity'
      return signatures.verify(publicKey, bytes, signature) ? 'good' : 'bad'
    },
    admit: (channel, key, value) => {
      const fold = folds.get(channel)
      if (fold === undefined) return 'channel-closed'
      if (fold.channel.validKey(key) !== undefined) return 'key-invalid'
      const read = fold.read(value)
      return read.ok ? undefined : read.reason
    },
  })
}
