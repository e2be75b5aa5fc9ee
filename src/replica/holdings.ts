import type { Clock } from '../runtime/clock.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { EntityId } from '../state/entity-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import { ChangeFeed, TextChange, type EntryChange } from './change.ts'
import { ChannelDocuments } from './channel-documents.ts'
import type { EndedDocument } from './ended-document.ts'
import type { EntityDocument } from './entity-document.ts'
import type { Room } from './room.ts'
import type { Prospect, Standing } from './state-hash.ts'
import type { Head } from './transfer.ts'

/** What is held of one entity: documents of its latest known life only. */
interface Holding {
  readonly life: Life
  readonly channels: ReadonlyMap<string, ChannelDocuments>
}

/** Of nearly all of a thousand entities no document is held: they share this. */
const noDocuments: Holding['channels'] = new Map()
const nothing: readonly EntityDocument[] = []

export interface HoldingsOptions {
  /** Whose documents are nobody else's matter: they take none of the room for the others. */
  readonly self: EntityId
  readonly clock: Clock
  readonly room: Room
  /** An entity's documents found no room, or had to make it for others: none are held any more. `needs` is what they weighed, as far as is known. */
  readonly crowdedOut: (entity: EntityId, needs: number) => void
  /** Milliseconds for which a replaced epoch is kept. */
  readonly graceMs: number
  readonly entitiesMax: number
  readonly onChange: (change: EntryChange) => void
}

/** A step of one document that has been checked and may happen. */
export interface Step {
  readonly standings: ReadonlyMap<string, Standing>
  readonly prospect: Prospect
  /** The owner's word on the version it leads to. */
  readonly head: Head
}

/**
 * All documents of all entities, and the one place where they change. What is told is exactly how the entries differ.
 */
export class Holdings {
  readonly #options: HoldingsOptions
  readonly #feed: ChangeFeed
  readonly #entities = new Map<EntityId, Holding>()
  /** Those with at least one document: in a large cluster few of the thousand that are known. */
  readonly #holders = new Set<EntityId>()

  #revision = 0

  constructor(options: HoldingsOptions) {
    this.#options = options
    this.#feed = new ChangeFeed(options.onChange)
  }

  /** Runs `act`, which may make several changes; they are told when it is done. Every change belongs inside of one. */
  change<Result>(act: () => Result): Result {
    return this.#feed.after(act)
  }

  /** Grows with each change of any document, and now and then besides. */
  get revision(): number {
    return this.#revision
  }

  lifeOf(entity: EntityId): Life | undefined {
    return this.#entities.get(entity)?.life
  }

  /** Entities with at least one document. */
  entities(): readonly EntityId[] {
    return [...this.#holders]
  }

  channel(entity: EntityId, channel: string): ChannelDocuments | undefined {
    return this.#entities.get(entity)?.channels.get(channel)
  }

  document(id: DocumentId): EntityDocument | undefined {
    return this.channel(id.entity, id.channel)?.of(id.shard)
  }

  /** The documents of an entity, in one channel or in all. */
  documents(entity: EntityId, channel?: string): readonly EntityDocument[] {
    const channels = this.#entities.get(entity)?.channels
    if (channels === undefined || channels.size === 0) return nothing
    if (channel !== undefined) return channels.get(channel)?.all ?? nothing
    const documents: EntityDocument[] = []
    for (const { all } of channels.values()) documents.push(...all)
    return documents
  }

  /** Whether an entity that is not known yet finds room; remembered lives without documents make way for it. */
  hasRoomFor(entity: EntityId): boolean {
    if (this.#entities.has(entity) || this.#entities.size < this.#options.entitiesMax) return true
    for (const holding of this.#entities.values()) {
      if (holding.channels.size === 0) return true
    }
    return false
  }

  /** What all documents of another entity weigh, as it was noted when they changed last. */
  heldBy(entity: EntityId): number {
    return this.#options.room.heldBy(entity)
  }

  /** What all documents of an entity weigh, but for those of one place. */
  weightOf(entity: EntityId, besides?: EntityDocument): number {
    let weight = 0
    for (const document of this.documents(entity)) if (document !== besides) weight += document.weight
    return weight
  }

  /**
   * Whether an entity's documents may weigh so much: others give way if they have to. If not, all of the entity's go: a part of what it says
   * would be as wrong as lamps that nobody puts out.
   */
  claim(entity: EntityId, weigh: () => number): boolean {
    const { self, room, crowdedOut } = this.#options
    if (entity === self || room.fits(entity, weigh())) return true
    // What lagging copies may still ask for goes first: without it they get everything anew.
    for (const other of [...room.behind(entity), entity]) this.#forgetForerunners(other)
    const weight = weigh()
    const leaving = room.makeWay(entity, weight)
    const crowded = leaving?.map((other) => [other, room.heldBy(other)] as const) ?? [[entity, weight] as const]
    this.change(() => {
      for (const [other] of crowded) this.clear(other, undefined)
    })
    for (const [other, needs] of crowded) crowdedOut(other, needs)
    return leaving !== undefined
  }

  /** A document moves on inside its epoch. `act` makes the step; the number of changed entries is returned. */
  advance(document: EntityDocument, step: Step, act: () => void): number {
    const { entity, channel } = document.id
    const documents = this.channel(entity, channel)
    const before = new Map<string, string | undefined>()
    for (const key of step.standings.keys()) before.set(key, documents?.getBefore(document, key))
    act()
    document.head = step.head
    this.#weigh(entity)
    return this.#addDifference(entity, new Map([[channel, before]]))
  }

  /**
   * A document takes its place, whatever stood there; where its life is later than what is held of the entity, all
   * documents of the earlier life go. Returns the number of changed entries.
   */
  install(document: EntityDocument): number {
    const { entity } = document.id
    const held = this.#entities.get(entity)
    const isLaterLife = held === undefined || compareLives(document.life, held.life) > 0
    const leaving = isLaterLife ? this.documents(entity) : [this.document(document.id)].filter((old) => !!old)
    const before = this.#entriesBefore(entity, [...leaving, document])
    for (const old of leaving) old.forgetForerunner()
    if (isLaterLife) this.#begin(entity, document.life)
    this.#put(document)
    this.#weigh(entity)
    return this.#addDifference(entity, before)
  }

  /** The same entries in the next epoch: nothing to tell. The end of the old document can be had for the time of grace. */
  succeed(old: EntityDocument, next: EntityDocument, rolledOver: Head): void {
    const { entity, channel } = next.id
    const { self, room } = this.#options
    old.forgetForerunner()
    next.head = rolledOver
    const ended = old.head === undefined ? undefined : old.ended(old.head)
    const weight = this.weightOf(entity, old) + next.weight + (ended?.weight ?? 0)
    // Nobody gives way for what is over.
    if (ended !== undefined && (entity === self || room.fits(entity, weight)))
      this.#keepForerunner(next, ended, rolledOver)
    this.channel(entity, channel)?.succeed(next)
    this.#weigh(entity)
  }

  #keepForerunner(next: EntityDocument, document: EndedDocument, rolledOver: Head): void {
    const { clock, graceMs } = this.#options
    const forget = clock.after(graceMs, () => {
      next.forgetForerunner()
      this.#weigh(next.id.entity)
    })
    next.forerunner = { document, rolledOver, forget }
  }

  /** An entity goes on with the same entries in another life: nothing to tell. */
  renew(entity: EntityId, life: Life, documents: readonly EntityDocument[]): void {
    for (const old of this.documents(entity)) old.forgetForerunner()
    this.#begin(entity, life)
    for (const document of documents) this.#put(document)
    this.#weigh(entity)
  }

  /** All documents of an entity go; the given life, or the one it had, is remembered. */
  clear(entity: EntityId, life: Life | undefined): void {
    const kept = life ?? this.lifeOf(entity)
    if (kept === undefined) return
    const leaving = this.documents(entity)
    const before = this.#entriesBefore(entity, leaving)
    for (const old of leaving) old.forgetForerunner()
    this.#begin(entity, kept)
    this.#weigh(entity)
    this.#addDifference(entity, before)
  }

  /** An entity without documents need not be remembered any more. */
  release(entity: EntityId): void {
    if (this.#entities.get(entity)?.channels.size === 0) this.#entities.delete(entity)
  }

  /** Ends all times of grace, so that no timer is left. */
  close(): void {
    for (const entity of this.#entities.keys()) {
      for (const document of this.documents(entity)) document.forgetForerunner()
    }
  }

  #forgetForerunners(entity: EntityId): void {
    for (const document of this.documents(entity)) document.forgetForerunner()
    this.#weigh(entity)
  }

  /** Something of an entity has changed: notes what it holds now. */
  #weigh(entity: EntityId): void {
    const { self, room } = this.#options
    this.#revision += 1
    if (entity !== self) room.set(entity, this.weightOf(entity))
  }

  #begin(entity: EntityId, life: Life): void {
    if (!this.#entities.has(entity)) this.#makeRoom()
    this.#entities.set(entity, { life, channels: noDocuments })
    this.#holders.delete(entity)
  }

  #makeRoom(): void {
    if (this.#entities.size < this.#options.entitiesMax) return
    for (const [entity, holding] of this.#entities) {
      if (holding.channels.size === 0) {
        this.#entities.delete(entity)
        return
      }
    }
  }

  #put(document: EntityDocument): void {
    const { entity, channel } = document.id
    const holding = this.#entities.get(entity)
    if (holding === undefined) return
    const { life, channels } = holding
    const held = channels.get(channel) ?? new ChannelDocuments()
    held.put(document)
    if (!channels.has(channel)) this.#entities.set(entity, { life, channels: new Map([...channels, [channel, held]]) })
    this.#holders.add(entity)
  }

  /** By channel, what the live keys of these documents stand for before they change. */
  #entriesBefore(entity: EntityId, documents: Iterable<EntityDocument>): Map<string, Map<string, string | undefined>> {
    const channels = new Map<string, Map<string, string | undefined>>()
    for (const document of documents) {
      const { channel } = document.id
      const held = this.channel(entity, channel)
      let before = channels.get(channel)
      if (before === undefined) channels.set(channel, (before = new Map()))
      for (const [key] of document.entries()) before.set(key, held?.get(key))
    }
    return channels
  }

  #addDifference(entity: EntityId, channels: ReadonlyMap<string, ReadonlyMap<string, string | undefined>>): number {
    let changes = 0
    for (const [channel, entries] of channels) {
      const held = this.channel(entity, channel)
      for (const [key, before] of entries) {
        const after = held?.get(key)
        if (before === after) continue
        this.#feed.add(new TextChange({ entity, channel, key }, before, after))
        changes += 1
      }
    }
    return changes
  }
}
