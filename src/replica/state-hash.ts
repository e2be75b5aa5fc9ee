import { createHash, hash, type Hash } from 'node:crypto'
import type { Item } from 'yjs'
import { bytesOf, writeBytes, writeUint32 } from '../runtime/byte-text.ts'
import { stateHashBytes } from './head.ts'
import { valueOf } from './held.ts'

/** The last item of a key: its clock, and its value as text of one character a byte; an empty one means that the key is removed. */
export interface Standing {
  readonly clock: number
  readonly value: string
}

/** What a document's hash will be after some changes. Valid until the document changes. */
export interface Prospect {
  readonly root: Uint8Array
  readonly groupHashes: Buffer
  readonly groups: ReadonlyMap<number, Group>
}

/** Sixteen buckets. In a prospect a key stands for the item that it will have. */
interface Group<Entry extends Item | string = Item | string> {
  /** The buckets' hashes, one after another. */
  readonly hashes: Buffer
  /** The last item of each key of a bucket, in the order of the keys. */
  readonly buckets: (Entry[] | undefined)[]
}

/**
 * With 4096 keys a bucket has 8 entries: a change hashes some 0.3 KB, then 0.5 KB of its group, then 1 KB of all
 * groups. Fewer and larger buckets make a batch of changes hash nearly the whole document again.
 */
const groupCount = 32
const bucketsPerGroup = 16

/** FNV-1a over UTF-16 code units, folded. Spreads keys; whoever piles them up makes only his own documents slow. */
function bucketOf(key: string): number {
  let mixed = 0x811c9dc5
  for (let at = 0; at < key.length; at += 1) mixed = Math.imul(mixed ^ key.charCodeAt(at), 0x01000193)
  return ((mixed >>> 18) ^ (mixed >>> 9) ^ mixed) & (groupCount * bucketsPerGroup - 1)
}

/** As text of one character a byte: a digest as a buffer takes three times as long to make as to compute (1.2 us instead of 0.5 for a bucket). */
const sha256 = (bytes: Uint8Array): string => hash('sha256', bytes, 'binary')

/** A plain array, because the root leaves this room inside of heads. */
function rootOf(groupHashes: Buffer): Uint8Array {
  return new Uint8Array(Buffer.from(sha256(groupHashes), 'latin1'))
}

/** A copy with memory of its own: one out of Node's pool would keep its neighbours in memory, too. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.alloc(bytes.length)
  copy.set(bytes)
  return copy
}

const emptyGroup: Group<Item> = {
  hashes: Buffer.alloc(bucketsPerGroup * stateHashBytes),
  buckets: Array.from({ length: bucketsPerGroup }),
}
/** Up to so many bytes a loop is faster than a call. */
const shortBytes = 48
const emptyGroupHashes = Buffer.alloc(groupCount * stateHashBytes)
const emptyRoot = rootOf(emptyGroupHashes)

/**
 * A hash over what a document's keys last said and *where* (the clock of each key's last item). The place belongs to it
 * because the owner's next run refers to it: without it somebody else could hand over the same values in another order,
 * and the copy would have to refuse all that follows.
 *
 * Keys are spread over 512 buckets, and those over 32 groups. A bucket's hash is SHA-256 over its entries in code-unit
 * order of their keys, each as length and bytes of the key, clock, length and bytes of the value. A group's hash is
 * SHA-256 over those of its buckets, the root over those of the groups. What has no entries counts as 32 zero bytes. A
 * change costs what its buckets cost, not what the document holds.
 */
export class StateHash {
  readonly #items: ReadonlyMap<string, Item>
  readonly #groups: (Group<Item> | undefined)[] = Array.from({ length: groupCount })
  #groupHashes: Buffer = emptyGroupHashes
  #root: Uint8Array = emptyRoot

  /** `items` is the document's own map of last items by key; it is read, never changed, and empty at this moment. */
  constructor(items: ReadonlyMap<string, Item>) {
    this.#items = items
  }

  get root(): Uint8Array {
    return this.#root
  }

  /** The hash as it will be once `changes` are the last items of their keys. Nothing is changed. */
  prospect(changes: ReadonlyMap<string, Standing>): Prospect {
    const groupHashes = copyOf(this.#groupHashes)
    const groups = new Map<number, Group>()
    for (const [place, keys] of touched(changes)) {
      const at = Math.floor(place / bucketsPerGroup)
      const known = this.#groups[at] ?? emptyGroup
      let group = groups.get(at)
      if (group === undefined) {
        groups.set(at, (group = { hashes: copyOf(known.hashes), buckets: [...known.buckets] }))
      }
      const bucket = place % bucketsPerGroup
      group.buckets[bucket] = hashBucket(known.buckets[bucket] ?? noItems, keys, changes, this.#items)
      group.hashes.write(scratch.digest(), bucket * stateHashBytes, 'latin1')
    }
    for (const [at, { hashes }] of groups) groupHashes.write(sha256(hashes), at * stateHashBytes, 'latin1')
    const root = groups.size === 0 ? this.#root : rootOf(groupHashes)
    return { root, groupHashes, groups }
  }

  /** The changes of the prospect were made. */
  commit(prospect: Prospect): void {
    this.#root = prospect.root
    this.#groupHashes = prospect.groupHashes
    for (const [at, { hashes, buckets }] of prospect.groups) {
      const known = this.#groups[at]
      for (const [index, bucket] of buckets.entries()) if (bucket !== known?.buckets[index]) this.#settle(bucket)
      this.#groups[at] = { hashes, buckets: buckets as (Item[] | undefined)[] }
    }
  }

  /** The keys of a prospect's bucket have their items now. */
  #settle(bucket: (Item | string)[] | undefined): void {
    if (bucket === undefined) return
    for (const [index, entry] of bucket.entries()) if (typeof entry === 'string') bucket[index] = this.#item(entry)
  }

  #item(key: string): Item {
    const item = this.#items.get(key)
    if (item === undefined) throw new RangeError(`the document lacks ${key}, which its hash counts`)
    return item
  }
}

/** The keys of `changes` by bucket. */
function touched(changes: ReadonlyMap<string, Standing>): Map<number, string[]> {
  const buckets = new Map<number, string[]>()
  for (const key of changes.keys()) {
    const place = bucketOf(key)
    const keys = buckets.get(place)
    if (keys === undefined) buckets.set(place, [key])
    else keys.push(key)
  }
  return buckets
}

const noItems: readonly Item[] = []

/** Gathers a bucket as it will be in `scratch`, and returns it: changed items give way to their keys, added keys find their places. */
function hashBucket(
  items: readonly Item[],
  keys: readonly string[],
  changes: ReadonlyMap<string, Standing>,
  known: ReadonlyMap<string, Item>,
): (Item | string)[] {
  scratch.start()
  const bucket = placed(
    items,
    keys.filter((key) => !known.has(key)),
  )
  for (let at = 0; at < bucket.length; at += 1) {
    const entry = bucket[at]
    if (entry === undefined) continue
    const key = typeof entry === 'string' ? entry : (entry.parentSub ?? '')
    // A bucket has a few changed keys and many others: most are told apart without a look-up.
    const change = keys.includes(key) ? changes.get(key) : undefined
    if (change !== undefined) {
      scratch.add(key, change.clock, change.value)
      bucket[at] = key
    } else if (typeof entry !== 'string') scratch.add(key, entry.id.clock, valueOf(entry))
  }
  return bucket
}

/** A copy of a bucket with added keys in their places. */
function placed(items: readonly Item[], added: string[]): (Item | string)[] {
  if (added.length === 0) return items.slice()
  const all = [...items.map((item) => item.parentSub ?? ''), ...added]
  // The default order of `sort` is that of code units.
  all.sort()
  let next = 0
  return all.map((key) => {
    const item = items[next]
    if (item?.parentSub !== key) return key
    next += 1
    return item
  })
}

/** Gathers entries so that most buckets need a single call of the hash, which costs more than the hashing. */
class Scratch {
  readonly #bytes = Buffer.allocUnsafe(65_536)
  #at = 0
  /** Set once the entries outgrew the buffer. */
  #hash: Hash | undefined

  start(): void {
    this.#at = 0
    this.#hash = undefined
  }

  add(key: string, clock: number, value: string): void {
    const mostBytes = key.length * 3 + value.length + 16
    if (this.#at + mostBytes > this.#bytes.length) {
      this.#flush()
      if (mostBytes > this.#bytes.length) {
        this.#addLarge(key, clock, value)
        return
      }
    }
    const bytes = this.#bytes
    const keyAt = this.#at + 4
    const at = writeText(bytes, key, keyAt)
    writeUint32(bytes, at - keyAt, this.#at)
    this.#at = writeBytes(bytes, value, writeMiddle(bytes, clock, value, at))
  }

  digest(): string {
    if (this.#hash === undefined) return sha256(this.#bytes.subarray(0, this.#at))
    this.#flush()
    return this.#hash.digest('binary')
  }

  #flush(): void {
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#bytes.subarray(0, this.#at))
    this.#at = 0
  }

  #addLarge(key: string, clock: number, value: string): void {
    const keyBytes = Buffer.from(key)
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(keyBytes.length)
    const middle = Buffer.allocUnsafe(12)
    writeMiddle(middle, clock, value, 0)
    this.#hash?.update(length).update(keyBytes).update(middle).update(bytesOf(value))
  }
}

/** Clock and length of the value: what stands between key and value. Returns where the value begins. */
function writeMiddle(bytes: Buffer, clock: number, value: string, at: number): number {
  writeUint32(bytes, Math.floor(clock / 2 ** 32), at)
  writeUint32(bytes, clock % 2 ** 32, at + 4)
  return writeUint32(bytes, value.length, at + 8)
}

// Calls into Node cost more than these few bytes: what is short is written byte by byte.

function writeText(bytes: Buffer, text: string, at: number): number {
  if (text.length > shortBytes) return at + bytes.write(text, at)
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit > 0x7f) return at + bytes.write(text, at)
    bytes[at + index] = unit
  }
  return at + text.length
}

/** One for all documents: it is filled and emptied within a call. */
const scratch = new Scratch()
