import { Replica } from '../src/replica/replica.ts'
import { limits } from '../src/protocol/limits.ts'
import { systemClock } from '../src/runtime/clock.ts'
import { ed25519 } from '../src/runtime/signature.ts'
import { parseEntityId, type EntityId } from '../src/state/entity-id.ts'
import { encodeEntry } from '../src/state/entry.ts'
import { stampAt } from '../src/state/stamp.ts'
import type { Row, Suite } from './suite.ts'

const keys = 100

const entity = (text: string): EntityId => {
  const read = parseEntityId(text)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

const [writerId, copyId] = [entity('02:00:00:00:00:01'), entity('02:00:00:00:00:02')]

/** A replica with real signatures, of one cluster and one key. */
function replicaOf(self: EntityId, signing: ReturnType<typeof signatures>): Replica {
  const { updateMaxStructs: structsPerUpdateMax, membersMax: entitiesMax, ...rest } = limits
  return new Replica({
    self,
    cluster: 'bench',
    clock: systemClock,
    limits: { ...rest, structsPerUpdateMax, entitiesMax },
    ...signing,
    admit: () => undefined,
    onChange: () => {},
  })
}

function signatures(): {
  sign: (bytes: Uint8Array) => Uint8Array
  verify: (entity: EntityId, bytes: Uint8Array, signature: Uint8Array) => 'good' | 'bad'
} {
  const real = ed25519()
  const key = real.generate()
  return {
    sign: (bytes) => real.sign(key, bytes),
    verify: (_entity, bytes, signature) => (real.verify(key.publicKey, bytes, signature) ? 'good' : 'bad'),
  }
}

/**
 * Flips of 100 keys, 100 in a batch as a storm would bring them, written by one replica and taken by another. After each power of
 * ten: heap of both together after a full collection, items held, and the time of one change through writing, signing,
 * checking and applying.
 */
export const growth: Suite = {
  name: 'growth',
  about: 'memory and time do not grow with history: 10^7 flips of 100 keys',
  async run({ progress, isQuick }) {
    const signing = signatures()
    const writer = replicaOf(writerId, signing)
    const copy = replicaOf(copyId, signing)
    writer.begin({ incarnation: 1, nonce: 1 })
    const rows: Row[] = []
    const heapBefore = heapBytes()
    const totals = isQuick ? [1e5, 1e6] : [1e5, 1e6, 1e7]
    let flips = 0
    for (const total of totals) {
      const [startMs, start] = [performance.now(), flips]
      while (flips < total) {
        flips = flipAll(writer, copy, flips)
        if (flips % 100_000 === 0) await progress(flips / (totals.at(-1) ?? total))
      }
      const microseconds = ((performance.now() - startMs) * 1000) / (flips - start)
      rows.push(measured(writer, copy, total, heapBytes() - heapBefore, microseconds))
    }
    for (const replica of [writer, copy]) replica.close()
    return rows
  },
}

function flipAll(writer: Replica, copy: Replica, flips: number): number {
  const value = Uint8Array.of((flips / keys) % 2 === 0 ? 1 : 2)
  const bytes = encodeEntry(stampAt(1_700_000_000_000 + flips), value)
  const changes = new Map(Array.from({ length: keys }, (_, key) => [`PJSIP/${key}`, bytes]))
  for (const transfer of writer.write('device_state', changes)) {
    const received = copy.receive(transfer)
    if (received.kind !== 'applied') throw new Error(`a copy that hears everything got "${received.kind}"`)
  }
  return flips + keys
}

function measured(writer: Replica, copy: Replica, flips: number, heap: number, microseconds: number): Row {
  const [mine, theirs] = [writer.stats(), copy.stats()]
  const grace = theirs.documents.reduce((sum, document) => sum + document.grace, 0)
  const items = theirs.structs - grace
  if (mine.live !== keys || theirs.live !== keys) throw new Error('the copies do not hold every key once')
  if (items > 2 * keys + 64) throw new Error(`${items} items are held for ${keys} live entries`)
  return {
    flips,
    items_held: items,
    heap_kB_of_both: Math.round(heap / 1000),
    microseconds_per_change: Number(microseconds.toFixed(2)),
  }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
