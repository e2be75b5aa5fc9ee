import { limits } from '../../src/protocol/limits.ts'
import { Replica } from '../../src/replica/replica.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { ed25519 } from '../../src/runtime/signature.ts'
import { parseEntityId, type EntityId } from '../../src/state/entity-id.ts'
import { encodeEntry } from '../../src/state/entry.ts'
import { stampAt } from '../../src/state/stamp.ts'

export const channel = 'device_state'

export interface Signing {
  readonly sign: (bytes: Uint8Array) => Uint8Array
  readonly verify: (entity: EntityId, bytes: Uint8Array, signature: Uint8Array) => 'good' | 'bad'
}

/** Real signatures with one key. */
export function signing(): Signing {
  const real = ed25519()
  const key = real.generate()
  return {
    sign: (bytes) => real.sign(key, bytes),
    verify: (_entity, bytes, signature) => (real.verify(key.publicKey, bytes, signature) ? 'good' : 'bad'),
  }
}

/** A replica of one cluster, with the protocol's own limits. */
export function replicaOf(self: EntityId, signatures: Signing): Replica {
  const { updateMaxStructs: structsPerUpdateMax, membersMax: entitiesMax, ...rest } = limits
  return new Replica({
    self,
    cluster: 'bench',
    clock: systemClock,
    limits: { ...rest, structsPerUpdateMax, entitiesMax },
    ...signatures,
    admit: () => undefined,
    onChange: () => {},
  })
}

export function entity(number: number): EntityId {
  const read = parseEntityId(`02:00:00:00:00:${number.toString(16).padStart(2, '0')}`)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

/** Another value for each of the first `count` keys than at the turn before. */
export function flips(count: number, turn: number): Map<string, Uint8Array> {
  const bytes = encodeEntry(stampAt(1_700_000_000_000 + turn), Uint8Array.of(turn % 2 === 0 ? 1 : 2))
  return new Map(Array.from({ length: count }, (_, key) => [`PJSIP/${key}`, bytes]))
}
