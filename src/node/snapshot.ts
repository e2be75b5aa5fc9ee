import type { ChangeEvent } from './events.ts'

/**
 * The cluster state of a channel as it was at one moment. It never changes, and taking one is cheap: it shares all that has not
 * changed since with the snapshots before it. Keys come in order.
 */
export interface Snapshot<Value = unknown> extends ReadonlyMap<string, Value> {
  readonly channel: string
}

/** Keys are spread over so many maps: of 100,000 keys, a change copies 400 and not all. */
const bucketCount = 256

type Bucket = ReadonlyMap<string, unknown>

const emptyBucket: Bucket = new Map()

/** Keeps the cluster state of a channel so that snapshots can be taken of it. */
export class SnapshotSource {
  readonly #channel: string
  readonly #buckets: Bucket[] = Array.from({ length: bucketCount }, () => emptyBucket)
  /** Buckets that no snapshot holds, and that may so be changed in place. */
  readonly #own = new Map<number, Map<string, unknown>>()
  #size = 0
  #taken: Snapshot | undefined

  constructor(channel: string, values: Iterable<readonly [key: string, value: unknown]>) {
    this.#channel = channel
    for (const [key, after] of values) this.change({ key, after })
  }

  change({ key, after }: Pick<ChangeEvent, 'key' | 'after'>): void {
    const bucket = this.#bucketOf(key)
    this.#size -= bucket.size
    if (after === undefined) bucket.delete(key)
    else bucket.set(key, after)
    this.#size += bucket.size
    this.#taken = undefined
  }

  take(): Snapshot {
    if (this.#taken === undefined) {
      this.#own.clear()
      this.#taken = new BucketSnapshot(this.#channel, [...this.#buckets], this.#size)
    }
    return this.#taken
  }

  #bucketOf(key: string): Map<string, unknown> {
    const at = placeOf(key)
    const own = this.#own.get(at)
    if (own !== undefined) return own
    const copy = new Map(this.#buckets[at])
    this.#own.set(at, copy)
    this.#buckets[at] = copy
    return copy
  }
}

class BucketSnapshot implements Snapshot {
  readonly channel: string
  readonly size: number
  readonly #buckets: readonly Bucket[]
  #sorted: readonly string[] | undefined

  constructor(channel: string, buckets: readonly Bucket[], size: number) {
    this.channel = channel
    this.size = size
    this.#buckets = buckets
  }

  get(key: string): unknown {
    return this.#buckets[placeOf(key)]?.get(key)
  }

  has(key: string): boolean {
    return this.#buckets[placeOf(key)]?.has(key) ?? false
  }

  keys(): MapIterator<string> {
    this.#sorted ??= this.#buckets.flatMap((bucket) => [...bucket.keys()]).sort()
    return this.#sorted.values()
  }

  *values(): MapIterator<unknown> {
    for (const key of this.keys()) yield this.get(key)
  }

  *entries(): MapIterator<[string, unknown]> {
    for (const key of this.keys()) yield [key, this.get(key)]
  }

  forEach(visit: (value: unknown, key: string, map: ReadonlyMap<string, unknown>) => void): void {
    for (const [key, value] of this.entries()) visit(value, key, this)
  }

  [Symbol.iterator](): MapIterator<[string, unknown]> {
    return this.entries()
  }
}

/** FNV-1a over the UTF-16 units, folded to the bucket's number. */
function placeOf(key: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (bucketCount - 1)
}
