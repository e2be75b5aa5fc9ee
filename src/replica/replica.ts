import { bytesOf } from '../runtime/byte-text.ts'
import type { Clock } from '../runtime/clock.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives, type Life, type Version } from '../state/version.ts'
import type { EntryChange } from './change.ts'
import { Holdings } from './holdings.ts'
import { checkedLimits, itemMaxBytes, type ReplicaLimits } from './limits.ts'
import { Receiver, type Received, type Speaker } from './receiver.ts'
import { Room } from './room.ts'
import { transfersSince } from './supply.ts'
import type { UpdateBounds } from './tail.ts'
import type { Head, Transfer } from './transfer.ts'
import { Writer } from './writer.ts'

export type { EntryChange } from './change.ts'
export type { Received, Speaker } from './receiver.ts'

export interface ReplicaOptions {
  /** The entity whose documents this replica writes. */
  readonly self: EntityId
  /** The cluster's name: part of everything signed, so that a head of one cluster counts in no other. */
  readonly cluster: string
  readonly clock: Clock
  readonly limits: ReplicaLimits
  /** How long a replaced epoch is kept for lagging copies, in milliseconds. Default 30,000. */
  readonly graceMs?: number
  /** The own entity's Ed25519 signature. */
  readonly sign: (bytes: Uint8Array) => Uint8Array
  /** Whether `signature` is `entity`'s own over `bytes`. */
  readonly verify: (entity: EntityId, bytes: Uint8Array, signature: Uint8Array) => 'good' | 'bad' | 'unknown-entity'
  /** Why the channel refuses a value (its stamp included); undefined when it does not. Asked of own writes too. */
  readonly admit: (channel: string, key: string, value: Uint8Array) => string | undefined
  /**
   * Told of every entry that differs, own ones included, after all that belongs to the change was made, so that `get`
   * already gives the new value, and before the call that made it returns. It may read, and even write: what it writes
   * is told after what was waiting, but handed out before the transfers of the call it was told from.
   */
  readonly onChange: (change: EntryChange) => void
  /** Which of two others keeps its place where there is no room for both: the one with the lower number. Default: the one with the lower ID. */
  readonly precedenceOf?: (entity: EntityId) => number
  /**
   * An entity's documents found no room, or had to make it for another's, and none are held any more. They weigh at least `needs`. Told before
   * the call that did it returns; it must not call back.
   */
  readonly crowdedOut?: (entity: EntityId, needs: number) => void
}

/** One document in numbers. */
export interface DocumentStats {
  readonly document: DocumentId
  readonly version: Version
  /** Live entries. */
  readonly live: number
  /** Structs that are no live entries: removed keys and what was overwritten. */
  readonly overwritten: number
  /** Structs of the epoch before, while it is kept. */
  readonly grace: number
}

export interface ReplicaStats {
  readonly entities: number
  readonly live: number
  /** Bytes of their keys and values. */
  readonly liveBytes: number
  readonly structs: number
  /** What the others' documents weigh together, of `roomBytes`. */
  readonly othersWeight: number
  readonly documents: readonly DocumentStats[]
}

/** Which heads are wanted; all where nothing is said. */
export interface HeadFilter {
  readonly entity?: EntityId
  readonly channel?: string
}

/**
 * The replicated map: (entity, channel, key) -> value bytes, of which each entity writes its own part. Values are
 * opaque bytes with a stamp of 7 bytes in front.
 */
export class Replica {
  readonly #self: EntityId
  readonly #bounds: UpdateBounds
  readonly #room: Room
  readonly #holdings: Holdings
  readonly #writer: Writer
  readonly #receiver: Receiver

  /** @throws Failure `invalid-argument` where the limits do not fit together. */
  constructor(options: ReplicaOptions) {
    const limits = checkedLimits(options.limits)
    const { updateMaxBytes, structsPerUpdateMax, entitiesMax, roomBytes } = limits
    const { self, clock, graceMs = 30_000, onChange, precedenceOf = () => 0, crowdedOut = () => {} } = options
    this.#self = self
    const room = new Room({ maxBytes: roomBytes, precedenceOf })
    this.#room = room
    this.#bounds = { updateMaxBytes, structsPerUpdateMax, itemMaxBytes: itemMaxBytes(limits) }
    this.#holdings = new Holdings({ self, clock, room, graceMs, entitiesMax, onChange, crowdedOut })
    this.#writer = new Writer(options, this.#holdings, this.#bounds)
    this.#receiver = new Receiver(options, this.#holdings)
  }

  /**
   * Begins the own entity's life, or the next one: own documents with live entries are built anew at epoch 1. Returns
   * a snapshot of each, to be announced; several updates may be in one.
   *
   * @throws Failure `invalid-argument` where the life is not later than the present one.
   */
  begin(life: Life): Transfer[] {
    return this.#writer.begin(life)
  }

  /**
   * Writes own entries; undefined removes. What changes nothing is left out. Returns signed runs with one update each,
   * and the roll-over of a document that is due, in the order in which copies can take them.
   *
   * @throws Failure `invalid-argument` for a key or value that no node would take, `limit-reached` where the entries or
   * their documents would become too many, `not-running` before `begin`. Nothing was changed then.
   */
  write(channel: string, changes: ReadonlyMap<string, Uint8Array | undefined>): Transfer[] {
    return this.#writer.write(channel, changes)
  }

  /**
   * Takes a transfer, from whomever it came: all of it or nothing. Never throws. Say `owner` only where nobody but the document's entity can have
   * sent it: then its next step counts at once, which saves a signature's check of some 0.2 ms on its way to the lamps.
   */
  receive(transfer: Transfer, speaker: Speaker = 'anyone'): Received {
    return this.#receiver.receive(transfer, speaker)
  }

  /**
   * Checks the signatures of what counted on its owner's spoken word, one for each document however many steps it made. Returns the documents
   * whose owner signed something else than it said: nobody is handed those, and the entity's are dropped.
   */
  prove(): DocumentId[] {
    return this.#receiver.prove()
  }

  /**
   * Whether a document is its owner's signed word, and may be told of to others: what counts on its spoken word is checked now. True of what is
   * not held.
   */
  isProven(document: DocumentId): boolean {
    const held = this.#holdings.document(document)
    return held === undefined || this.#receiver.isProven(held)
  }

  /**
   * What brings a copy at `since` (undefined: no copy) to the document's present version: at most a tail, a roll-over
   * and a tail, or a snapshot. Empty where the document is unknown here, no newer, or not signed by its owner. The bytes are made for this call
   * and kept by nobody; ask document by document, and the whole never stands in memory twice.
   */
  transfers(document: DocumentId, since: Version | undefined): Transfer[] {
    const held = this.#holdings.document(document)
    return held === undefined || !this.#receiver.isProven(held) ? [] : transfersSince(held, since, this.#bounds)
  }

  /** While it is the same, so are all heads. */
  get revision(): number {
    return this.#holdings.revision
  }

  /** The signed heads of the documents held. Do not change the replica while iterating. */
  *heads(filter: HeadFilter = {}): Generator<Head> {
    const entities = filter.entity === undefined ? this.#holdings.entities() : [filter.entity]
    for (const entity of entities) {
      for (const { head } of this.#holdings.documents(entity, filter.channel)) if (head !== undefined) yield head
    }
  }

  /** The signed head of a document. */
  head(document: DocumentId): Head | undefined {
    return this.#holdings.document(document)?.head
  }

  /** The latest life known of an entity, with or without documents. */
  lifeOf(entity: EntityId): Life | undefined {
    return this.#holdings.lifeOf(entity)
  }

  /** The live value of a key. */
  get(entity: EntityId, channel: string, key: string): Uint8Array | undefined {
    const value = this.#holdings.channel(entity, channel)?.get(key)
    return value === undefined ? undefined : bytesOf(value)
  }

  /** The live entries of an entity in a channel, in no promised order. Do not change the replica while iterating. */
  *entries(entity: EntityId, channel: string): Generator<[key: string, bytes: Uint8Array]> {
    for (const [key, value] of this.#holdings.channel(entity, channel)?.entries() ?? []) yield [key, bytesOf(value)]
  }

  /** The entities of which documents are held. */
  entities(): Iterable<EntityId> {
    return this.#holdings.entities()
  }

  /** Forgets an entity's documents; its life is still remembered, so that an earlier one stays out. */
  drop(entity: EntityId): void {
    this.#holdings.change(() => this.#holdings.clear(entity, undefined))
  }

  /** Forgets an entity's documents and its life: whoever speaks for it next may begin with any life. */
  release(entity: EntityId): void {
    this.drop(entity)
    if (entity !== this.#self) this.#holdings.release(entity)
  }

  /**
   * A later life of an entity was heard of: its documents of earlier lives go, and never come back. Nothing happens
   * where the life is not later, or the entity is the own one, or there is no room for one more entity.
   */
  supersede(entity: EntityId, life: Life): void {
    const known = this.#holdings.lifeOf(entity)
    if (entity === this.#self || !this.#holdings.hasRoomFor(entity)) return
    if (known !== undefined && compareLives(life, known) <= 0) return
    this.#holdings.change(() => this.#holdings.clear(entity, life))
  }

  /** What another entity's documents may weigh: all that those before it leave. */
  roomFor(entity: EntityId): number {
    return this.#room.availableTo(entity)
  }

  /** What another entity's documents weigh. */
  weightOf(entity: EntityId): number {
    return this.#room.heldBy(entity)
  }

  /** What is held, in numbers. Costs a step for each document. */
  stats(): ReplicaStats {
    const documents: DocumentStats[] = []
    let [entities, live, liveBytes, structs] = [0, 0, 0, 0]
    for (const entity of this.#holdings.entities()) {
      entities += 1
      for (const document of this.#holdings.documents(entity)) {
        const grace = document.forerunner?.document.history.size ?? 0
        live += document.live
        liveBytes += document.liveBytes
        structs += document.structCount + grace
        const { id, version, overwritten } = document
        documents.push({ document: id, version, live: document.live, overwritten, grace })
      }
    }
    return { entities, live, liveBytes, structs, othersWeight: this.#room.total, documents }
  }

  /** Ends all times of grace, so that no timer is left. What is held stays readable. */
  close(): void {
    this.#holdings.close()
  }
}
