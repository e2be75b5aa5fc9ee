import { Doc, Item, type Map as YMap } from 'yjs'
import type { DocumentId } from '../state/document-id.ts'
import { versionIn, type Life, type Version } from '../state/version.ts'
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
import { documentWeight, keyWeight, structWeight } from './weight.ts'

/** The document of the epoch before, kept for a while so that a lagging copy gets a tail and not a snapshot. */
export interface Forerunner {
  readonly document: EndedDocument
  /** The owner's word on the first version of the new epoch. */
  readonly rolledOver: Head
  /** Ends the time of grace at once. */
  readonly forget: Cancel
}

/** Up to so many items are taken out of the live ones one by one: each takes a microsecond or two. */
const fewItems = 32

/** What comes to a document with a step. */
export interface Gain {
  /** Live entries. */
  readonly live: number
  readonly weight: number
}

/**
 * One epoch of one document: a `Y.Doc` with a single map, written by one writer. It believes what it is given: whoever
 * changes it has checked the change, knows the hash it leads to and, for a copy, holds the owner's word on that.
 *
 * It holds only the live items, each as small as can be; what was overwritten is remembered in `History`. Where nobody else
 * writes, an item comes after none but the last one of its key: so the items are laid down here as Yjs would leave them.
 */
export class EntityDocument implements Ground, TailSource {
  readonly id: DocumentId
  readonly life: Life
  readonly epoch: number
  readonly history: History = new History()
  /** The owner's signed word on exactly this version; undefined only until the first change is complete. */
  head: Head | undefined
  forerunner: Forerunner | undefined
  readonly #map: YMap<Uint8Array>
  /** The live items by clock, all of them one clock long: Yjs's own list of what its client wrote. */
  readonly #structs: Item[] = []
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
    // The name of a `Y.Doc` matters only inside other documents; a random one would be made for nothing.
    const doc = new Doc({ guid: '' })
    doc.store.clients.set(writerClient, this.#structs)
    this.#map = doc.getMap(rootName)
    // oxlint-disable-next-line no-underscore-dangle -- Yjs gives no other way to the clock of a key's last item.
    this.#items = this.#map._map
    this.#hash = new StateHash(this.#items)
  }

  /** The number of items ever written in this epoch. */
  get clock(): number {
    return this.#clock
  }

  get version(): Version {
    return versionIn(this.life, this.epoch, this.#clock)
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
    const live = this.#structs.flatMap(({ content }) => (content instanceof Held ? content : []))
    return new EndedDocument(head, this.history, live)
  }

  /** The hash as it will be after `standings`. */
  prospect(standings: ReadonlyMap<string, Standing>): Prospect {
    return this.#hash.prospect(standings)
  }

  /**
   * What comes to it with `standings`: live entries, and weight at the most, as what is overwritten within them counts, too.
   */
  gain(standings: ReadonlyMap<string, Standing>, structs: number): Gain {
    let live = 0
    let weight = structs * structWeight
    for (const [key, { value }] of standings) {
      const item = this.#items.get(key)
      const before = item === undefined ? '' : valueOf(item)
      live += Number(value !== '') - Number(before !== '')
      weight += value.length - before.length
      if (item === undefined) weight += keyWeight + Buffer.byteLength(key)
    }
    return { live, weight }
  }

  /** Writes as the owner. The clocks of `standings` follow one another from this document's clock. */
  write(standings: ReadonlyMap<string, Standing>, prospect: Prospect): void {
    const clocks: number[] = []
    const links: Link[] = []
    for (const [key, { clock }] of standings) {
      clocks.push(clock)
      links.push(this.#items.get(key)?.id.clock ?? key)
    }
    this.take({ standings, clocks, links }, prospect)
  }

  /**
   * Takes what a checked run says. The document is then as if Yjs had applied the run and what was overwritten had been taken out again; but
   * whoever knows each item and what it comes after need not have Yjs find it out, which took a lone change 0.1 ms here and at each copy.
   */
  take({ standings, clocks, links }: CheckedRun, prospect: Prospect): void {
    const structs = this.#structs
    const start = structs.length
    const replaced: Item[] = []
    for (const [key, { clock, value }] of standings) {
      const before = this.#items.get(key)
      // One text for a key, not one for each time that it is written.
      const name = before?.parentSub ?? key
      const held = new Held(clock, value)
      const item = new Item(held, null, null, null, null, this.#map, name, held)
      structs.push(item)
      this.#items.set(name, item)
      this.#clock = clock + 1
      this.#count(key, before, value)
      if (before !== undefined) replaced.push(before)
    }
    this.#remember(clocks, links, start)
    for (const { id } of replaced) this.history.overwrite(id.clock)
    this.#takeOut(replaced)
    this.#hash.commit(prospect)
  }

  /** Ends the time of grace of the epoch before. */
  forgetForerunner(): void {
    this.forerunner?.forget()
    this.forerunner = undefined
  }

  /** A key holds another value than before. */
  #count(key: string, item: Item | undefined, value: string): void {
    const before = item === undefined ? '' : valueOf(item)
    this.#textBytes += value.length - before.length
    this.#liveBytes += value.length - before.length
    if (item !== undefined && (before === '') === (value === '')) return
    const keyBytes = Buffer.byteLength(key)
    if (item === undefined) this.#textBytes += keyBytes
    const live = Number(value !== '') - Number(before !== '')
    this.#live += live
    this.#liveBytes += live * keyBytes
  }

  /** Notes what was written; what is none of the items from `start` on was overwritten at once. */
  #remember(clocks: readonly number[], links: readonly Link[], start: number): void {
    let next = start
    for (let place = 0; place < clocks.length; place += 1) {
      const clock = clocks[place] ?? 0
      this.history.add(clock, links[place] ?? '')
      if (this.#structs[next]?.id.clock === clock) next += 1
      else this.history.overwrite(clock)
    }
  }

  /** Takes out of Yjs's items those that were overwritten. */
  #takeOut(replaced: readonly Item[]): void {
    const structs = this.#structs
    if (replaced.length <= fewItems) {
      for (const { id } of replaced) structs.splice(this.#placeOf(id.clock), 1)
      return
    }
    for (const item of replaced) item.markDeleted()
    let kept = 0
    for (const item of structs) {
      if (item.deleted) continue
      structs[kept] = item
      kept += 1
    }
    structs.length = kept
  }

  /** The live item at a clock. */
  #itemAt(clock: number): Item | undefined {
    const item = this.#structs[this.#placeOf(clock)]
    return item?.id.clock === clock ? item : undefined
  }

  /** The place of the first live item that does not stand before `clock`. */
  #placeOf(clock: number): number {
    const structs = this.#structs
    return countBelow(structs.length, (place) => structs[place]?.id.clock ?? 0, clock)
  }
}
