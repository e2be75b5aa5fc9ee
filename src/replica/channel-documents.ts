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
  /** All keys that are live in two documents, and perhaps some that no longer are. Any other key is looked for until it is found. */
  readonly #doubled = new Set<string>()
  /** Where a key was found last: what is written together stands together. */
  #last: EntityDocument | undefined

  get all(): readonly EntityDocument[] {
    return this.#documents
  }

  of(shard: number): EntityDocument | undefined {
    for (const document of this.#documents) if (document.id.shard === shard) return document
    return undefined
  }

  /** Takes the place of the document with the same shard number, where there is one. */
  put(document: EntityDocument): void {
    const others = this.#others(document)
    for (const key of others.length === 0 ? [] : document.liveKeys()) {
      if (others.some((other) => other.get(key) !== undefined)) this.#doubled.add(key)
    }
    this.#set(document, others)
  }

  /** A document takes the place of the one before it, with the same live entries. */
  succeed(document: EntityDocument): void {
    this.#set(document, this.#others(document))
  }

  /** The value of a live key, as text of one character a byte. */
  get(key: string): string | undefined {
    if (this.#doubled.size > 0 && this.#doubled.has(key)) return this.#latest(key)?.get(key)
    const near = this.#last?.get(key)
    if (near !== undefined) return near
    for (const document of this.#documents) {
      const value = document.get(key)
      if (value === undefined) continue
      this.#last = document
      return value
    }
    return undefined
  }

  /** As `get`, of a key that this document of them is about to say anew. */
  getBefore(document: EntityDocument, key: string): string | undefined {
    const own = document.get(key)
    if (own !== undefined && !this.#doubled.has(key)) return own
    const value = this.get(key)
    if (own === undefined && value !== undefined) this.#doubled.add(key)
    return value
  }

  /** The document that knows a key, be it removed. */
  holderOf(key: string): EntityDocument | undefined {
    if (this.#last?.has(key) === true) return this.#last
    return this.#documents.find((document) => document.has(key))
  }

  /** The live entries, each key once, in no promised order. */
  *entries(): Generator<[key: string, value: string]> {
    for (const document of this.#documents) {
      for (const entry of document.entries()) {
        if (!this.#doubled.has(entry[0]) || this.#latest(entry[0]) === document) yield entry
      }
    }
  }

  /** The document whose word on a key counts. */
  #latest(key: string): EntityDocument | undefined {
    let latest: EntityDocument | undefined
    let best = ''
    for (const document of this.#documents) {
      const value = document.get(key)
      if (value === undefined || (latest !== undefined && !isLater(value, best))) continue
      latest = document
      best = value
    }
    return latest
  }

  #others(document: EntityDocument): readonly EntityDocument[] {
    return this.#documents.filter((other) => other.id.shard !== document.id.shard)
  }

  #set(document: EntityDocument, others: readonly EntityDocument[]): void {
    this.#documents = [...others, document].sort((a, b) => a.id.shard - b.id.shard)
    this.#last = undefined
    for (const key of this.#doubled) {
      if (this.#documents.filter((held) => held.get(key) !== undefined).length < 2) this.#doubled.delete(key)
    }
  }
}

/** Whether the stamp in front of `a` is above that of `b`. */
const isLater = (a: string, b: string): boolean => a.slice(0, stampBytes) > b.slice(0, stampBytes)
