import { createHash, hash, type Hash } from 'node:crypto'
import { ContentBinary, type Item } from 'yjs'
import { stateHashBytes } from './head.ts'

/** The last item of a key: its clock, and its value; no bytes mean that the key is removed. */
export interface Standing {
  readonly clock: number
  readonly value: Uint8Array
}

const noBytes = new Uint8Array(0)

/** The value bytes of a key's last item, which is a `ContentBinary` whenever no change is under way. */
export function bytesOf({ content }: Item): Uint8Array {
  return content instanceof ContentBinary ? content.content : noBytes
}

/** What a document's hash will be after some changes. Valid until the document changes. */
export interface Prospect {
  readonly root: Uint8Array
  readonly groupHashes: Uint8Array
  readonly groups: ReadonlyMap<number, Group>
}

/** Sixteen buckets. */
interface Group {
  /** The buckets' hashes, one after another. */
  readonly hashes: Uint8Array
  /** The keys of each bucket, sorted. */
  readonly keys: readonly (readonly string[] | undefined)[]
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

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer')

const emptyGroup: Group = {
  hashes: new Uint8Array(bucketsPerGroup * stateHashBytes),
  keys: Array.from({ length: bucketsPerGroup }),
}
const emptyGroupHashes = new Uint8Array(groupCount * stateHashBytes)
const emptyRoot = new Uint8Array(sha256(emptyGroupHashes))

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
  readonly #groups: (Group | undefined)[] = Array.from({ length: groupCount })
  #groupHashes: Uint8Array = emptyGroupHashes
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
    const groupHashes = new Uint8Array(this.#groupHashes)
    const groups = new Map<number, Group>()
    for (const [at, buckets] of this.#touched(changes)) {
      const group = this.#groupAfter(this.#groups[at] ?? emptyGroup, buckets, changes)
      groups.set(at, group)
      groupHashes.set(sha256(group.hashes), at * stateHashBytes)
    }
    // A plain array, because the root leaves this room inside of heads.
    const root = groups.size === 0 ? this.#root : new Uint8Array(sha256(groupHashes))
    return { root, groupHashes, groups }
  }

  /** The changes of the prospect were made. */
  commit(prospect: Prospect): void {
    this.#root = prospect.root
    this.#groupHashes = prospect.groupHashes
    for (const [at, { hashes, keys }] of prospect.groups) {
      const known = this.#groups[at]
      const own = keys.map((bucket, index) => (bucket === known?.keys[index] ? bucket : this.#ownKeys(bucket)))
      this.#groups[at] = { hashes, keys: own }
    }
  }

  /** The same texts, as the document holds them: those of the changes were read a second time and need not stay. */
  #ownKeys(keys: readonly string[] | undefined): readonly string[] | undefined {
    return keys?.map((key) => this.#items.get(key)?.parentSub ?? key)
  }

  /** By group and bucket, the keys that `changes` add; a bucket with none is touched all the same. */
  #touched(changes: ReadonlyMap<string, Standing>): Map<number, Map<number, string[]>> {
    const groups = new Map<number, Map<number, string[]>>()
    for (const key of changes.keys()) {
      const place = bucketOf(key)
      const at = Math.floor(place / bucketsPerGroup)
      const buckets = groups.get(at) ?? new Map<number, string[]>()
      if (buckets.size === 0) groups.set(at, buckets)
      const added = buckets.get(place % bucketsPerGroup)
      const isNew = !this.#items.has(key)
      if (added === undefined) buckets.set(place % bucketsPerGroup, isNew ? [key] : [])
      else if (isNew) added.push(key)
    }
    return groups
  }

  #groupAfter(
    group: Group,
    buckets: ReadonlyMap<number, readonly string[]>,
    changes: ReadonlyMap<string, Standing>,
  ): Group {
    const hashes = new Uint8Array(group.hashes)
    const keys = [...group.keys]
    for (const [at, added] of buckets) {
      // The default order of `sort` is that of code units.
      const all = added.length === 0 ? (keys[at] ?? []) : [...(keys[at] ?? []), ...added].sort()
      keys[at] = all
      hashes.set(this.#bucketHash(all, changes), at * stateHashBytes)
    }
    return { hashes, keys }
  }

  #bucketHash(keys: readonly string[], changes: ReadonlyMap<string, Standing>): Uint8Array {
    scratch.start()
    for (const key of keys) {
      const change = changes.get(key)
      const item = change === undefined ? this.#items.get(key) : undefined
      if (change !== undefined) scratch.add(key, change.clock, change.value)
      else if (item !== undefined) scratch.add(key, item.id.clock, bytesOf(item))
    }
    return scratch.digest()
  }
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

  add(key: string, clock: number, value: Uint8Array): void {
    const mostBytes = key.length * 3 + value.length + 16
    if (this.#at + mostBytes > this.#bytes.length) {
      this.#flush()
      if (mostBytes > this.#bytes.length) {
        this.#addLarge(key, clock, value)
        return
      }
    }
    const bytes = this.#bytes
    const keyBytes = bytes.write(key, this.#at + 4)
    bytes.writeUInt32BE(keyBytes, this.#at)
    const at = writeMiddle(bytes, clock, value, this.#at + 4 + keyBytes)
    bytes.set(value, at)
    this.#at = at + value.length
  }

  digest(): Uint8Array {
    if (this.#hash === undefined) return sha256(this.#bytes.subarray(0, this.#at))
    this.#flush()
    return this.#hash.digest()
  }

  #flush(): void {
    this.#hash ??= createHash('sha256')
    this.#hash.update(this.#bytes.subarray(0, this.#at))
    this.#at = 0
  }

  #addLarge(key: string, clock: number, value: Uint8Array): void {
    const keyBytes = Buffer.from(key)
    const length = Buffer.allocUnsafe(4)
    length.writeUInt32BE(keyBytes.length)
    const middle = Buffer.allocUnsafe(12)
    writeMiddle(middle, clock, value, 0)
    this.#hash?.update(length).update(keyBytes).update(middle).update(value)
  }
}

/** Clock and length of the value: what stands between key and value. Returns where the value begins. */
function writeMiddle(bytes: Buffer, clock: number, value: Uint8Array, at: number): number {
  bytes.writeUInt32BE(Math.floor(clock / 2 ** 32), at)
  bytes.writeUInt32BE(clock % 2 ** 32, at + 4)
  return bytes.writeUInt32BE(value.length, at + 8)
}

/** One for all documents: it is filled and emptied within a call. */
const scratch = new Scratch()
