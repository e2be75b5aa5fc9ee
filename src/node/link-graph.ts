import type { EntityId } from '../state/entity-id.ts'
import { addBit, BitRows, numbersOf, type Bits } from './bit-rows.ts'

/** The number of this node itself. */
export const self = 0

/**
 * Who is linked with whom, as everybody tells of itself. A link counts where both its ends tell of it; of its own ones this node needs nobody's
 * word. Entities have numbers here. Everybody tells each second, mostly the same, so only what is otherwise than before costs anything.
 */
export class LinkGraph {
  readonly #numbers = new Map<EntityId, number>()
  /** Those that have told of their links since they were numbered, and what they told. */
  readonly #speakers = new Set([self])
  readonly #told = new BitRows()
  readonly #links = new BitRows()
  #size = 1
  readonly #free: number[] = []
  /** Numbers that somebody had and that may still be in what others told. */
  readonly #void = new Set<number>()

  constructor(own: EntityId) {
    this.#numbers.set(own, self)
    this.#reserve()
  }

  /** How many entities have a number, this node included. */
  get count(): number {
    return this.#numbers.size
  }

  numberOf(entity: EntityId): number | undefined {
    return this.#numbers.get(entity)
  }

  /** The number of an entity, from now on. */
  add(entity: EntityId): number {
    const known = this.#numbers.get(entity)
    if (known !== undefined) return known
    const number = this.#take()
    this.#numbers.set(entity, number)
    return number
  }

  /** Forgets all entities but these and this node. Returns the numbers that nobody has any more. */
  keep(entities: ReadonlySet<EntityId>): number[] {
    const gone: number[] = []
    for (const [entity, number] of this.#numbers) {
      if (number === self || entities.has(entity)) continue
      this.forget(number)
      this.#unlink(number, self)
      this.#numbers.delete(entity)
      this.#void.add(number)
      gone.push(number)
    }
    return gone
  }

  /** What an entity told is void, as if it had said nothing yet. */
  forget(number: number): void {
    // Its own links this node knows, whatever others say.
    for (const other of this.linksOf(number)) if (other !== self) this.#unlink(number, other)
    this.#told.clear(number)
    this.#speakers.delete(number)
  }

  /** Whether an entity has said with whom it is linked. */
  hasTold(number: number): boolean {
    return this.#speakers.has(number)
  }

  /** Whether an entity says that it is linked with another. */
  tellsOf(number: number, other: number): boolean {
    return this.#told.has(number, other)
  }

  /** With whom an entity is linked, in the order of the numbers. */
  linksOf(number: number): readonly number[] {
    return this.#links.numbersOf(number)
  }

  countLinks(number: number): number {
    return this.#links.count(number)
  }

  isLinked(one: number, other: number): boolean {
    return this.#links.has(one, other)
  }

  /** No number, with room for all; good until an entity is added. */
  none(): Bits {
    return this.#links.none()
  }

  /** All that are linked with any of these. */
  linkedWith(numbers: Bits): Bits {
    const linked = this.none()
    for (const number of numbersOf(numbers)) this.#links.addTo(linked, number)
    return linked
  }

  /** Whether an entity is linked with any of these. */
  isLinkedWithAny(number: number, numbers: Bits): boolean {
    return this.#links.meets(number, numbers)
  }

  /** With how many of these an entity is linked. */
  countLinksWith(number: number, numbers: Bits): number {
    return this.#links.countIn(number, numbers)
  }

  /** Takes with whom an entity says it is linked. Returns whether anything is otherwise than before. */
  tell(number: number, told: readonly number[]): boolean {
    const now = this.#told.none()
    for (const other of told) addBit(now, other)
    let isChanged = !this.#speakers.has(number)
    this.#speakers.add(number)
    for (const other of this.#told.replace(number, now)) {
      // Its own links this node knows, whatever others say; nobody is linked with itself.
      if (other === self || other === number) continue
      const isLink = this.#told.has(number, other) && (number === self || this.#told.has(other, number))
      if (isLink ? this.#link(number, other) : this.#unlink(number, other)) isChanged = true
    }
    return isChanged
  }

  /** A number that nobody has; what was told of whoever had it before is void. */
  #take(): number {
    if (this.#free.length === 0 && this.#void.size > 0) this.#clean()
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#size += 1
    this.#reserve()
    return this.#size - 1
  }

  #reserve(): void {
    this.#told.reserve(this.#size)
    this.#links.reserve(this.#size)
  }

  /** For all at once: where half of a cluster went and comes again, one after the other would be dear. */
  #clean(): void {
    const gone = this.#told.none()
    for (const number of this.#void) addBit(gone, number)
    for (let by = 0; by < this.#size; by += 1) this.#told.without(by, gone)
    this.#free.push(...this.#void)
    this.#void.clear()
  }

  #link(one: number, other: number): boolean {
    this.#links.add(other, one)
    return this.#links.add(one, other)
  }

  #unlink(one: number, other: number): boolean {
    this.#links.delete(other, one)
    return this.#links.delete(one, other)
  }
}
