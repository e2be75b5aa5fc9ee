import { stampBytes } from '../state/entry.ts'
import type { EntityDocument } from './entity-document.ts'

/**
 * The documents of one entity in one channel, as the one map they stand for. Usually it is a single document. A key is
 * live in two of them only in passing: its owner moved it, and one of the two is behind. Then the later stamp counts,
 * of equal ones the lower shard's.
 */
export class ChannelDocuments {
  /** In ascending order of their shard numbers. */
  #documents: readonly EntityDocument[] = []

  get all(): readonly EntityDocument[] {
    return this.#documents
  }

  of(shard: number): EntityDocument | undefined {
    return this.#documents.find((document) => document.id.shard === shard)
  }

  /** Takes the place of the document with the same shard number, where there is one. */
  put(document: EntityDocument): void {
    const others = this.#documents.filter((other) => other.id.shard !== document.id.shard)
    this.#documents = [...others, document].sort((a, b) => a.id.shard - b.id.shard)
  }

  /** The value of a live key; the bytes must not be changed. */
  get(key: string): Uint8Array | undefined {
    let best: Uint8Array | undefined
    for (const document of this.#documents) {
      const value = document.get(key)
      if (value !== undefined && (best === undefined || isLater(value, best))) best = value
    }
    return best
  }

  /** The live entries, each key once, in no promised order. */
  *entries(): Generator<[string, Uint8Array]> {
    const documents = this.#documents
    for (const document of documents) {
      for (const entry of document.entries()) {
        if (documents.length === 1 || this.get(entry[0]) === entry[1]) yield entry
      }
    }
  }
}

/** Whether the stamp in front of `a` is above that of `b`. */
function isLater(a: Uint8Array, b: Uint8Array): boolean {
  for (let at = 0; at < stampBytes; at += 1) {
    const difference = (a[at] ?? -1) - (b[at] ?? -1)
    if (difference !== 0) return difference > 0
  }
  return false
}
