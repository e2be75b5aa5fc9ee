import type { EntityId } from '../state/entity-id.ts'

export interface RoomOptions {
  /** What all entities may hold together. */
  readonly maxBytes: number
  /** Which of two entities keeps its place where there is no room for both: the one with the lower number. Of equal ones the lower ID. It may change. */
  readonly precedenceOf: (entity: EntityId) => number
}

/**
 * How the room for all entities' documents is shared. An entity may hold whatever those before it leave: those behind it give way, the last of all first.
 * So what an entity gets depends on nobody who comes after it, in whatever order things arrive; and whoever makes up entities takes room from nobody that
 * was there before.
 */
export class Room {
  readonly #options: RoomOptions
  readonly #held = new Map<EntityId, number>()
  #total = 0

  constructor(options: RoomOptions) {
    this.#options = options
  }

  /** What all hold together: never above the bound. */
  get total(): number {
    return this.#total
  }

  heldBy(entity: EntityId): number {
    return this.#held.get(entity) ?? 0
  }

  /** Whether an entity may hold so much without that anybody gives way. */
  fits(entity: EntityId, bytes: number): boolean {
    return this.#total - this.heldBy(entity) + bytes <= this.#options.maxBytes
  }

  /** Notes what an entity holds now; nothing is 0. */
  set(entity: EntityId, bytes: number): void {
    this.#total += bytes - this.heldBy(entity)
    if (bytes > 0) this.#held.set(entity, bytes)
    else this.#held.delete(entity)
  }

  /** What an entity may hold at most: all that those before it leave. */
  availableTo(entity: EntityId): number {
    const isBefore = this.#before(entity)
    let available = this.#options.maxBytes
    for (const [other, bytes] of this.#held) if (isBefore(other)) available -= bytes
    return available
  }

  /** Who gives way so that an entity may hold so much, the last first; undefined where that would not be enough. */
  makeWay(entity: EntityId, bytes: number): EntityId[] | undefined {
    if (this.fits(entity, bytes)) return []
    if (bytes > this.availableTo(entity)) return undefined
    let missing = this.#total - this.heldBy(entity) + bytes - this.#options.maxBytes
    const leaving: EntityId[] = []
    for (const other of this.behind(entity)) {
      if (missing <= 0) break
      leaving.push(other)
      missing -= this.heldBy(other)
    }
    return leaving
  }

  /** The entities that give way to this one, the last first. */
  behind(entity: EntityId): EntityId[] {
    const { precedenceOf } = this.#options
    const isBefore = this.#before(entity)
    const others = [...this.#held.keys()].filter((other) => other !== entity && !isBefore(other))
    const placed = others.map((other) => ({ other, place: precedenceOf(other) }))
    placed.sort((one, two) => two.place - one.place || (one.other < two.other ? 1 : -1))
    return placed.map(({ other }) => other)
  }

  #before(entity: EntityId): (other: EntityId) => boolean {
    const { precedenceOf } = this.#options
    const place = precedenceOf(entity)
    return (other) => {
      const before = precedenceOf(other)
      return before === place ? other < entity : before < place
    }
  }
}
