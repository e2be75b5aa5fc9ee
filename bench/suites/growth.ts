import { Doc, applyUpdate, encodeStateAsUpdate } from 'yjs'
import type { Replica } from '../../src/replica/replica.ts'
import { inParts } from '../progress.ts'
import { rounded } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite } from '../suite.ts'
import { verify } from '../verification.ts'
import { channel, entity, flips, replicaOf, signing } from './replicas.ts'

const keys = 100

interface Measured {
  readonly flips: number
  /** Of the writer and its copy together, above what it was before. */
  readonly heapBytes: number
  /** What a newcomer would be sent. */
  readonly documentBytes: number
  readonly microseconds: number
}

/** A writer and a copy of some kind. */
interface Pair {
  readonly kind: string
  /** Writes every key once more and brings it to the copy. */
  flip(turn: number): void
  /** Throws where the copy is not what was written. */
  verify(turn: number): void
  documentBytes(): number
  close(): void
}

/**
 * Flips of 100 keys, 100 in a batch as a storm would bring them, written by one and taken by another: as Lampfield's replicated map, with
 * signing, checking and roll-overs, and as one plain shared Y.Map, with none of these.
 */
export const growth: Suite = {
  name: 'growth',
  about: 'memory, document and time over the length of history, beside a plain shared Y.Map',
  async run(run) {
    const totals = byDepth(run, { tiny: [1e4], overview: [1e4, 1e5, 1e6], long: [1e4, 1e5, 1e6, 1e7] })
    const rows: Row[] = []
    const series: Series[] = []
    const makers = [lampfieldPair, plainPair]
    // Signatures and checks take their time; a plain map has neither.
    const share = inParts([5, 1])
    for (const [at, make] of makers.entries()) {
      const pair = make()
      try {
        for (const found of await grow(pair, totals, (done) => run.progress(share(at, done), pair.kind))) {
          const kind = { kind: pair.kind, flips: found.flips }
          const note = (metric: string, unit: string, value: number): void => {
            series.push({ metric, unit, case: kind, runs: [[value]] })
          }
          note('heap', 'B', found.heapBytes)
          note('document', 'B', found.documentBytes)
          note('time_per_flip', 'us', found.microseconds)
          rows.push({
            ...kind,
            heap_kB_of_both: Math.round(found.heapBytes / 1000),
            document_kB: rounded(found.documentBytes / 1000),
            microseconds_per_flip: rounded(found.microseconds),
          })
        }
      } finally {
        pair.close()
      }
    }
    const notes = [
      'Y.Map: no signatures, no checks and no owners; each flip is one more item that is kept for ever',
      ...(globalThis.gc === undefined ? ['heap is not exact: node runs without --expose-gc'] : []),
    ]
    return {
      tables: [{ title: `${keys} keys, one writer and one copy`, rows }],
      series,
      ratios: ratiosOf(series),
      notes,
    }
  },
}

async function grow(
  pair: Pair,
  totals: readonly number[],
  progress: (done: number) => Promise<void>,
): Promise<Measured[]> {
  const heapBefore = heapBytes()
  const found: Measured[] = []
  const last = totals.at(-1) ?? 0
  let turn = 0
  for (const total of totals) {
    const startTurn = turn
    let spentMs = 0
    while (turn * keys < total) {
      const startMs = performance.now()
      // Some 10 ms at a time, so that showing the progress costs nothing and is not in the time.
      for (let step = 0; step < 20 && turn * keys < total; step += 1) {
        turn += 1
        pair.flip(turn)
      }
      spentMs += performance.now() - startMs
      if (turn % 200 < 20) await progress((turn * keys) / last)
    }
    pair.verify(turn)
    found.push({
      flips: total,
      heapBytes: heapBytes() - heapBefore,
      documentBytes: pair.documentBytes(),
      microseconds: (spentMs * 1000) / ((turn - startTurn) * keys),
    })
  }
  return found
}

function lampfieldPair(): Pair {
  const signatures = signing()
  const [writer, copy] = [replicaOf(entity(1), signatures), replicaOf(entity(2), signatures)]
  writer.begin({ incarnation: 1, nonce: 1 })
  return {
    kind: 'lampfield',
    flip(turn) {
      for (const transfer of writer.write(channel, flips(keys, turn))) {
        const { kind } = copy.receive(transfer)
        verify(kind === 'applied', `a copy that hears everything got "${kind}"`)
      }
    },
    verify(turn) {
      for (const [key, bytes] of flips(keys, turn)) {
        const held = copy.get(entity(1), channel, key)
        verify(
          held !== undefined && Buffer.compare(held, bytes) === 0,
          `the copy does not hold the last value of ${key}`,
        )
      }
      for (const replica of [writer, copy]) verifyBounds(replica)
    },
    documentBytes: () => bytesOf(copy),
    close() {
      for (const replica of [writer, copy]) replica.close()
    },
  }
}

function verifyBounds(replica: Replica): void {
  const { live, structs, documents } = replica.stats()
  const items = structs - documents.reduce((sum, { grace }) => sum + grace, 0)
  verify(live === keys, `${live} live entries are held, ${keys} were written`)
  verify(items <= 2 * keys + 64, `${items} items are held for ${keys} live entries`)
}

function bytesOf(replica: Replica): number {
  let bytes = 0
  for (const { document } of replica.heads()) {
    for (const transfer of replica.transfers(document, undefined)) {
      if (transfer.kind === 'run') bytes += transfer.updates.reduce((sum, update) => sum + update.length, 0)
    }
  }
  return bytes
}

function plainPair(): Pair {
  const [writer, copy] = [new Doc(), new Doc()]
  writer.on('update', (update: Uint8Array) => applyUpdate(copy, update))
  const map = writer.getMap<Uint8Array>('m')
  return {
    kind: 'Y.Map',
    flip(turn) {
      writer.transact(() => {
        for (const [key, bytes] of flips(keys, turn)) map.set(key, bytes)
      })
    },
    verify(turn) {
      const held = copy.getMap<Uint8Array>('m')
      for (const [key, bytes] of flips(keys, turn)) {
        verify(
          Buffer.compare(held.get(key) ?? Buffer.alloc(0), bytes) === 0,
          `the copy does not hold the last value of ${key}`,
        )
      }
    },
    documentBytes: () => encodeStateAsUpdate(copy).length,
    close() {
      for (const doc of [writer, copy]) doc.destroy()
    },
  }
}

/** How much more is sent to a newcomer after the longest history than after the shortest, and what a flip costs beside a plain one. */
function ratiosOf(series: readonly Series[]): Record<string, number> {
  const values = (metric: string, kind: string): number[] =>
    series.filter((one) => one.metric === metric && one.case['kind'] === kind).flatMap((one) => one.runs.flat())
  const documents = values('document', 'lampfield')
  const [own, plain] = [values('time_per_flip', 'lampfield').at(-1), values('time_per_flip', 'Y.Map').at(-1)]
  return {
    document_growth: (documents.at(-1) ?? 0) / (documents[0] ?? 1),
    time_to_plain_map: (own ?? 0) / (plain ?? 1),
  }
}

function heapBytes(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
