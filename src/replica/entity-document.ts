import { applyUpdate, Doc, Item, type GC, type Map as YMap } from 'yjs'
import type { DocumentId } from '../state/document-id.ts'
import type { Life, Version } from '../state/version.ts'
import type { Cancel } from '../runtime/clock.ts'
import { countBelow } from './clock-search.ts'
import { EndedDocument } from './ended-document.ts'
import { Held, valueOf } from './held.ts'
import { History, type Link } from './history.ts'
import { rootName, writerClient } from './item-format.ts'
import { StateHash, type Prospect, type Standing } from './state-hash.ts'
import { encodeTail, type TailSource, type UpdateBounds } from './tail.ts'
import type { Head } from './transfer.ts'
import type { CheckedRun, Ground } from './update-check.ts'
import { bytesOf } from './value-text.ts'
import { documentWeight, keyWeight, structWeight } from './weight.ts'

/** The document of the epoch before, kept for a while so that a lagging copy gets a tail and not a snapshot. */
export interface Forerunner {
  readonly document: EndedDocument
  /** The owner's word on the first version of the new epoch. */
  readonly rolledOver: Head
  /** Ends the time of grace at once. */
  readonly forget: Cancel
}

/** A copy must have another number than the writer: Yjs takes a remote change under its own number for a mistake. */
const readerClient = 0

/** Up to so many items are taken out of the live ones one by one: each takes a microsecond or two. */
const fewItems = 32

/**
 * One epoch of one document: a `Y.Doc` with a single map, written by one writer. It believes what it is given: whoever
 * changes it has checked the change, knows the hash it leads to and, for a copy, holds the owner's word on that.
 *
 * Yjs keeps only the live items, each as small as can be; what was overwritten is remembered in `History`. Where nobody else
 * writes, an item comes after none but the last one of its key, so Yjs looks up nothing else.
 */
export class EntityDocument implements Ground, TailSource {
  readonly id: DocumentId
  readonly life: Life
  readonly epoch: number
  readonly history: History = new History()
  /** The owner's signed word on exactly this version; undefined only until the first change is complete. */
  head: Head | undefined
  forerunner: Forerunner | undefined
  readonly #doc: Doc
  readonly #map: YMap<Uint8Array>
  /** The last item of each key: Yjs's own index of the map. */
  readonly #items: Map<string, Item>
  readonly #hash: StateHash
  #clock = 0
  #live = 0
  #liveBytes = 0
  /** Bytes of all keys and of the values. */
  #textBytes = 0

  constructor(id: DocumentId, life: Life, epoch: number) {
    this.id = id
    this.life = { incarnation: life.incarnation, nonce: life.nonce }
    this.epoch = epoch
    // The name of a `Y.Doc` matters only inside other documents; a random one would be made for nothing. What is overwritten
    // is taken out as a whole, so Yjs need not empty it first.
    this.#doc = new Doc({ guid: '', gc: false })
    this.#doc.clientID = readerClient
    this.#map = this.#doc.getMap(rootName)
    // oxlint-disable-next-line no-underscore-dangle -- Yjs gives no other way to the clock of a key's last item.
    this.#items = this.#map._map
    this.#hash = new StateHash(this.#items)
  }

  /** The number of items ever written in this epoch. */
  get clock(): number {
    return this.#clock
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

  /** What the document remembers, in Yjs's units. Overwritten neighbours of one key are one. */
  get structCount(): number {
    return this.history.size
  }

  /** Everything but the live entries. */
  get overwritten(): number {
    return this.structCount - this.#live
  }

  /** What it takes of the memory, the epoch before included while that is kept. */
  get weight(): number {
    const grace = this.forerunner?.document.weight ?? 0
    return documentWeight + this.keyCount * keyWeight + this.structCount * structWeight + this.#textBytes + grace
  }

  get stateHash(): Uint8Array {
    return this.#hash.root
  }

  /** Whether the key is known, be it removed. */
  has(key: string): boolean {
    return this.#items.has(key)
  }

  /** The value of a live key, as text of one character a byte. */
  get(key: string): string | undefined {
    const item = this.#items.get(key)
    return item === undefined ? undefined : valueOf(item) || undefined
  }

  /** The key as this document keeps it: the same text for all who keep it takes its memory once. */
  keyOf(key: string): string {
    return this.#items.get(key)?.parentSub ?? key
  }

  /** The live entries, in no promised order. */
  *entries(): Generator<[key: string, value: string]> {
    for (const [key, item] of this.#items) {
      const value = valueOf(item)
      if (value !== '') yield [key, value]
    }
  }

  /** The keys of the live entries, in no promised order. */
  liveKeys(): string[] {
    const keys: string[] = []
    for (const [key, item] of this.#items) if (valueOf(item) !== '') keys.push(key)
    return keys
  }

  keyEndingAt(clock: number): string | undefined {
    return this.#itemAt(clock)?.parentSub ?? undefined
  }

  valueAt(clock: number): string | undefined {
    const item = this.#itemAt(clock)
    return item === undefined ? undefined : valueOf(item)
  }

  /** Everything from clock `from` on; no update where there is nothing. */
  tail(from: number, bounds: UpdateBounds): Uint8Array[] {
    return encodeTail(this, from, bounds)
  }

  /** What a lagging copy may still need of this document when another has taken its place. */
  ended(head: Head): EndedDocument {
    const live = this.#structs.flatMap((item) =>
      item instanceof Item && item.content instanceof Held ? item.content : [],
    )
    return new EndedDocument(head, this.history, live)
  }

  /** The hash as it will be after `standings`. */
  prospect(standings: ReadonlyMap<string, Standing>): Prospect {
    return this.#hash.prospect(standings)
  }

  /** How many more live entries there will be after `standings`. */
  growth(standings: ReadonlyMap<string, Standing>): number {
    let growth = 0
    for (const [key, { value }] of standings) {
      growth += Number(value !== '') - Number(this.get(key) !== undefined)
    }
    return growth
  }

  /** How much more it will weigh after `standings`, at the most: what is overwritten within them counts, too. */
  gain(standings: ReadonlyMap<string, Standing>, structs: number): number {
    let gain = structs * structWeight
    for (const [key, { value }] of standings) {
      const item = this.#items.get(key)
      gain += value.length - (item === undefined ? 0 : valueOf(item).length)
      if (item === undefined) gain += keyWeight + Buffer.byteLength(key)
    }
    return gain
  }

  /**
   * Writes as the owner, in one transaction. The clocks of `standings` follow one another from this document's clock.
   */
  write(standings: ReadonlyMap<string, Standing>, prospect: Prospect): void {
    this.#change(standings, prospect, () => {
      this.#doc.clientID = writerClient
      this.#doc.transact(() => {
        // One text for a key, not one for each time that it is written.
        for (const [key, { value }] of standings) this.#map.set(this.keyOf(key), bytesOf(value))
      })
      this.#doc.clientID = readerClient
    })
  }

  /**
   * Takes all that a checked run from clock 0 says into this empty document, as it stands when Yjs has applied the run and what
   * was overwritten is taken out again: half of a newcomer's time went there. `standings` in the order of their clocks.
   */
  begin({ standings, clocks, links }: CheckedRun, prospect: Prospect): void {
    const structs: Item[] = []
    for (const [key, { clock, value }] of standings) {
      const held = new Held(clock, value)
      const item = new Item(held, null, null, null, null, this.#map, key, held)
      structs.push(item)
      this.#items.set(key, item)
      const bytes = Buffer.byteLength(key) + value.length
      this.#textBytes += bytes
      if (value === '') continue
      this.#live += 1
      this.#liveBytes += bytes
    }
    const last = structs.at(-1)
    if (last === undefined) return
    this.#doc.store.clients.set(writerClient, structs)
    this.#clock = last.id.clock + 1
    this.#remember(clocks, links, structs)
    this.#hash.commit(prospect)
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

  #change(standings: ReadonlyMap<string, Standing>, prospect: Prospect, act: () => void): void {
    let live = 0
    let liveBytes = 0
    let textBytes = 0
    const replaced: Item[] = []
    for (const [key, { value }] of standings) {
      const item = this.#items.get(key)
      if (item !== undefined) replaced.push(item)
      const before = item === undefined ? '' : valueOf(item)
      textBytes += value.length - before.length + (item === undefined ? Buffer.byteLength(key) : 0)
      if (before !== '' && value !== '') liveBytes += value.length - before.length
      else if (before !== value) {
        const sign = value === '' ? -1 : 1
        live += sign
        liveBytes += sign * (Buffer.byteLength(key) + (before || value).length)
      }
    }
    act()
    this.#settle(standings, replaced)
    this.#live += live
    this.#liveBytes += liveBytes
    this.#textBytes += textBytes
    this.#hash.commit(prospect)
  }

  /** The history of an empty document: what is none of these items was overwritten. */
  #remember(clocks: readonly number[], links: readonly Link[], structs: readonly Item[]): void {
    let next = 0
    for (const [place, clock] of clocks.entries()) {
      this.history.add(clock, links[place] ?? '')
      if (structs[next]?.id.clock === clock) next += 1
      else this.history.overwrite(clock)
    }
  }

  /** Takes out of Yjs what was overwritten, and makes what is new as small as it can be. */
  #settle(standings: ReadonlyMap<string, Standing>, replaced: readonly Item[]): void {
    const structs = this.#structs
    const start = placeOf(structs, this.#clock)
    for (let at = start; at < structs.length; at += 1) {
      const item = structs[at]
      if (!(item instanceof Item) || item.parentSub === null) continue
      this.history.add(item.id.clock, item.origin?.clock ?? item.parentSub)
      this.#clock = item.id.clock + item.length
      if (item.deleted) {
        this.history.overwrite(item.id.clock)
        continue
      }
      const held = new Held(item.id.clock, standings.get(item.parentSub)?.value ?? '')
      item.id = held
      item.content = held
      item.left = null
      item.origin = null
    }
    for (const { id } of replaced) this.history.overwrite(id.clock)
    const areFew = replaced.length <= fewItems
    dropDeleted(structs, areFew ? start : 0)
    if (areFew) for (const { id } of replaced) structs.splice(placeOf(structs, id.clock), 1)
  }

  /** The live item at a clock. */
  #itemAt(clock: number): Item | undefined {
    const structs = this.#structs
    const item = structs[placeOf(structs, clock)]
    return item instanceof Item && item.id.clock === clock ? item : undefined
  }

  /** The live items by clock, all of them one clock long. */
  get #structs(): (GC | Item)[] {
    return this.#doc.store.clients.get(writerClient) ?? []
  }
}

/** The place of the first struct that does not stand before `clock`. */
function placeOf(structs: readonly (GC | Item)[], clock: number): number {
  return countBelow(structs.length, (place) => structs[place]?.id.clock ?? 0, clock)
}

/** Takes the deleted ones out from a place on. */
function dropDeleted(structs: (GC | Item)[], start: number): void {
  let kept = start
  for (let at = start; at < structs.length; at += 1) {
    const struct = structs[at]
    if (struct === undefined || struct.deleted) continue
    structs[kept] = struct
    kept += 1
  }
  structs.length = kept
}
