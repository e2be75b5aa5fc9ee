import { createEncoder, length, toUint8Array, writeVarUint } from 'lib0/encoding'
import { expect } from 'vitest'
import { decodeUpdate } from 'yjs'
import { signedBytes } from '../../src/replica/head.ts'
import { Replica, type EntryChange, type Received, type ReplicaOptions } from '../../src/replica/replica.ts'
import type { ReplicaLimits } from '../../src/replica/limits.ts'
import type { Standing } from '../../src/replica/state-hash.ts'
import type { UpdateBounds } from '../../src/replica/tail.ts'
import type { Head, Transfer } from '../../src/replica/transfer.ts'
import { textOf } from '../../src/runtime/byte-text.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import type { KeyPair, Signatures } from '../../src/runtime/signature.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { DocumentId } from '../../src/state/document-id.ts'
import { encodeEntry } from '../../src/state/entry.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Stamp } from '../../src/state/stamp.ts'
import { quickSignatures } from '../../src/testing/quick-signatures.ts'

export const limits: ReplicaLimits = {
  keyMaxBytes: 64,
  valueMaxBytes: 128,
  keysPerDocumentMax: 4096,
  documentsPerEntityMax: 16,
  entriesPerEntityMax: 20_000,
  updateMaxBytes: 65_536,
  structsPerUpdateMax: 4096,
  updatesPerTransferMax: 512,
  entitiesMax: 16,
  roomBytes: 268_435_456,
}

export const bounds: UpdateBounds = { updateMaxBytes: 65_536, structsPerUpdateMax: 4096, itemMaxBytes: 256 }

export const entity = (number: number): EntityId => `02:00:00:00:00:${number.toString(16).padStart(2, '0')}` as EntityId

/** A stored value: a stamp and one byte behind it. */
export const value = (stamp: number, byte = 0): Uint8Array => encodeEntry(stamp as Stamp, Uint8Array.of(byte))

/** What reads well when two states are compared. */
export const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : Buffer.from(bytes).toString('hex')

/** The items that write these values one after another. */
export function standingsFrom(clock: number, values: Iterable<[string, Uint8Array]>): Map<string, Standing> {
  const standings = new Map<string, Standing>()
  for (const [key, bytes] of values) {
    standings.set(key, { clock: clock + standings.size, value: textOf(bytes) })
  }
  return standings
}

export const signatures: Signatures = quickSignatures(seededRandom(1))

const keys = new Map<EntityId, KeyPair>()

/** The key pair of an entity, the same for the whole test file. */
export function keyOf(id: EntityId): KeyPair {
  const key = keys.get(id) ?? signatures.generate()
  keys.set(id, key)
  return key
}

/** A head as its document's owner would sign it; the first change of its first life where nothing else is said. */
export function signedHead(document: DocumentId, version: Partial<Head['version']>, stateHash: Uint8Array): Head {
  const claim = { document, version: { incarnation: 1, nonce: 1, epoch: 1, clock: 1, ...version }, stateHash }
  return { ...claim, signature: signatures.sign(keyOf(document.entity), signedBytes('test', claim)) }
}

/** An update of Yjs's as an owner sends it. */
export function withoutDeletions(update: Uint8Array): Uint8Array {
  const deletions = createEncoder()
  const { clients } = decodeUpdate(update).ds
  writeVarUint(deletions, clients.size)
  for (const [client, ranges] of clients) {
    for (const number of [client, ranges.length, ...ranges.flatMap(({ clock, len }) => [clock, len])]) {
      writeVarUint(deletions, number)
    }
  }
  const end = update.length - length(deletions)
  expect(Buffer.compare(update.subarray(end), toUint8Array(deletions))).toBe(0)
  return Uint8Array.of(...update.subarray(0, end), 0)
}

/** A replica that remembers what it was told, and holds it against what it says. */
export interface Harness {
  readonly replica: Replica
  readonly clock: VirtualClock
  readonly self: EntityId
  /** Every change told. */
  readonly changes: EntryChange[]
  /** The map that the changes add up to, as text. */
  readonly mirror: Map<string, string>
  /** The same, read from the replica. */
  readonly state: () => Map<string, string>
  /** Receives, and expects the replica to have told exactly what changed. */
  readonly receive: (transfer: Transfer) => Received
  readonly receiveAll: (transfers: Iterable<Transfer>) => Received['kind'][]
}

export const channel = 'device_state'

export function harness(
  self: EntityId,
  options: Partial<ReplicaOptions> & { readonly channels?: readonly string[] } = {},
): Harness {
  const { channels = [channel], ...rest } = options
  const clock = new VirtualClock()
  const changes: EntryChange[] = []
  const mirror = new Map<string, string>()
  const replica: Replica = new Replica({
    self,
    cluster: 'test',
    clock,
    limits,
    sign: (bytes) => signatures.sign(keyOf(self), bytes),
    verify: (id, bytes, signature) => (signatures.verify(keyOf(id).publicKey, bytes, signature) ? 'good' : 'bad'),
    admit: () => undefined,
    ...rest,
    onChange(change) {
      const name = `${change.entity} ${change.channel} ${change.key}`
      expect(mirror.get(name)).toBe(text(change.before))
      expect(text(change.after)).not.toBe(text(change.before))
      if (change.after === undefined) mirror.delete(name)
      else mirror.set(name, text(change.after) ?? '')
      changes.push(change)
      rest.onChange?.(change)
    },
  })
  const state = (): Map<string, string> => {
    const all = new Map<string, string>()
    for (const id of replica.entities()) {
      for (const name of channels) {
        for (const [key, bytes] of replica.entries(id, name)) {
          expect(replica.get(id, name, key)).toEqual(bytes)
          all.set(`${id} ${name} ${key}`, text(bytes) ?? '')
        }
      }
    }
    return all
  }
  const receive = (transfer: Transfer): Received => {
    const told = changes.length
    const received = replica.receive(transfer)
    expect(changes.length - told).toBe(received.kind === 'applied' ? received.changes : 0)
    return received
  }
  return {
    replica,
    clock,
    self,
    changes,
    mirror,
    state,
    receive,
    receiveAll: (transfers) => [...transfers].map((transfer) => receive(transfer).kind),
  }
}

/** A writer in its first life. */
export function writer(self: EntityId, options: Parameters<typeof harness>[1] = {}): Harness {
  const made = harness(self, options)
  made.replica.begin({ incarnation: 1, nonce: 1 })
  return made
}

/** Everything `source` has that is newer than what `target` has, taken by `target`. */
export function pull(target: Harness, source: Harness): Received['kind'][] {
  const kinds: Received['kind'][] = []
  for (const head of source.replica.heads()) {
    if (head.document.entity === target.self) continue
    const since = target.replica.head(head.document)?.version
    kinds.push(...target.receiveAll(source.replica.transfers(head.document, since)))
  }
  return kinds
}

/** The first of the transfers, as a run. */
export function firstRun(transfers: readonly Transfer[]): Extract<Transfer, { kind: 'run' }> {
  const [first] = transfers
  if (first?.kind !== 'run') throw new Error('a run was expected')
  return first
}
