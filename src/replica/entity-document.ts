import { applyUpdate, Doc, findIndexSS, Item, type GC, type Map as YMap } from 'yjs'
import type { DocumentId } from '../state/document-id.ts'
import type { Life, Version } from '../state/version.ts'
import type { Cancel } from '../runtime/clock.ts'
import { bytesOf, StateHash, type Prospect, type Standing } from './state-hash.ts'
import { encodeTail, writerClient, type UpdateBounds } from './tail.ts'
import type { Head } from './transfer.ts'
import type { Ground } from './update-check.ts'

/** The document of the epoch before, kept for a while so that a lagging copy gets a tail and not a snapshot. */
export interface Forerunner {
  readonly document: EntityDocument
  /** The owner's word on the first version of the new epoch. */
  readonly rolledOver: Head
  /** Ends the time of grace at once. */
  readonly forget: Cancel
}

/** A copy must have another number than the writer: Yjs takes a remote change under its own number for a mistake. */
const readerClient = 0

const noStructs: (GC | Item)[] = []

/**
 * One epoch of one document: a `Y.Doc` with a single map, written by one writer. It believes what it is given: whoever
 * changes it has checked the change, knows the hash it leads to and, for a copy, holds the owner's word on that.
 */
export class EntityDocument implements Ground {
  readonly id: DocumentId
  readonly life: Life
  readonly epoch: number
  /** The owner's signed word on exactly this version; undefined only until the first change is complete. */
  head: Head | undefined
  forerunner: Forerunner | undefined
  readonly #doc: Doc
  readonly #map: YMap<Uint8Array>
  /** The last item of each key: Yjs's own index of the map. */
  readonly #items: ReadonlyMap<string, Item>
  readonly #hash: StateHash
  #live = 0
  #liveBytes = 0

  constructor(id: DocumentId, life: Life, epoch: number) {
    this.id = id
    this.life = { incarnation: life.incarnation, nonce: life.nonce }
    this.epoch = epoch
    // The name of a `Y.Doc` matters only inside other documents; a random one would be made for nothing.
    this.#doc = new Doc({ guid: '' })
    this.#doc.clientID = readerClient
    this.#map = this.#doc.getMap('m')
    // oxlint-disable-next-line no-underscore-dangle -- Yjs gives no other way to the clock of a key's last item.
    this.#items = this.#map._map
    this.#hash = new StateHash(this.#items)
  }

  /** The number of items ever written in this epoch. */
  get clock(): number {
    const last = this.#structs.at(-1)
    return last === undefined ? 0 : last.id.clock + last.length
  }

  get version(): Version {
    return { ...this.life, epoch: this.epoch, clock: this.clock }
  }

  /** Entries that count: keys that are not removed. */
  get live(): number {
    return this.#live
  }

  /** Bytes of the keys and values of the live entries. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  /** All keys, the removed ones included. */
  get keyCount(): number {
    return this.#items.size
  }

  /** What the document holds in memory, in Yjs's units. Deleted neighbours of one key share one. */
  get structCount(): number {
    return this.#structs.length
  }

  /** Everything but the live entries. */
  get overwritten(): number {
    return this.structCount - this.#live
  }

  get stateHash(): Uint8Array {
    return this.#hash.root
  }

  /** Whether the key is known, be it removed. */
  has(key: string): boolean {
    return this.#items.has(key)
  }

  /** The value of a live key. The bytes are the document's own: never change them. */
  get(key: string): Uint8Array | undefined {
    const item = this.#items.get(key)
    if (item === undefined) return undefined
    const value = bytesOf(item)
    return value.length === 0 ? undefined : value
  }

  /** The live entries, in no promised order. */
  *entries(): Generator<[string, Uint8Array]> {
    for (const [key, item] of this.#items) {
      const value = bytesOf(item)
      if (value.length > 0) yield [key, value]
    }
  }

  /** The keys of the live entries, in no promised order. */
  liveKeys(): string[] {
    const keys: string[] = []
    for (const [key, item] of this.#items) if (bytesOf(item).length > 0) keys.push(key)
    return keys
  }

  keyEndingAt(clock: number): string | undefined {
    const structs = this.#structs
    if (structs.length === 0 || clock >= this.clock) return undefined
    const item = structs[findIndexSS(structs, clock)]
    if (!(item instanceof Item) || item.parentSub === null) return undefined
    // The last item of a key holds a value, so it is one clock long: where it begins, it ends.
    return item.id.clock === clock && this.#items.get(item.parentSub) === item ? item.parentSub : undefined
  }

  /** Everything from clock `from` on; no update where there is nothing. */
  tail(from: number, bounds: UpdateBounds): Uint8Array[] {
    return encodeTail(this.#structs, from, bounds)
  }

  /** The hash as it will be after `standings`. */
  prospect(standings: ReadonlyMap<string, Standing>): Prospect {
    return this.#hash.prospect(standings)
  }

  /** How many more live entries there will be after `standings`. */
  growth(standings: ReadonlyMap<string, Standing>): number {
    let growth = 0
    for (const [key, { value }] of standings) {
      growth += Number(value.length > 0) - Number(this.get(key) !== undefined)
    }
    return growth
  }

  /**
   * Writes as the owner, in one transaction. The clocks of `standings` follow one another from this document's clock.
   */
  write(standings: ReadonlyMap<string, Standing>, prospect: Prospect): void {
    this.#change(standings, prospect, () => {
      this.#doc.clientID = writerClient
      this.#doc.transact(() => {
        for (const [key, { value }] of standings) this.#map.set(key, value)
      })
      this.#doc.clientID = readerClient
    })
  }

  /** Applies checked updates that lead to `standings`. */
  apply(updates: readonly Uint8Array[], standings: ReadonlyMap<string, Standing>, prospect: Prospect): void {
    this.#change(standings, prospect, () => {
      for (const update of updates) applyUpdate(this.#doc, update)
    })
  }

  /** Ends the time of grace of the epoch before. */
  forgetForerunner(): void {
    this.forerunner?.forget()
    this.forerunner = undefined
  }

  get #structs(): (GC | Item)[] {
    return this.#doc.store.clients.get(writerClient) ?? noStructs
  }

  #change(standings: ReadonlyMap<string, Standing>, prospect: Prospect, act: () => void): void {
    let live = 0
    let liveBytes = 0
    for (const [key, { value }] of standings) {
      const before = this.get(key)
      const isLive = value.length > 0
      if (before !== undefined && isLive) liveBytes += value.length - before.length
      else if (before !== undefined || isLive) {
        const sign = isLive ? 1 : -1
        live += sign
        liveBytes += sign * (Buffer.byteLength(key) + (before ?? value).length)
      }
    }
    act()
    this.#live += live
    this.#liveBytes += liveBytes
    this.#hash.commit(prospect)
  }
}
