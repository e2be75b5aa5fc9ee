import type { EntityId } from '../state/entity-id.ts'

/** The number of this node itself. */
export const self = 0

/**
 * Who is linked with whom, as everybody tells of itself. A link counts where both its ends tell of it; of its own ones this node needs nobody's
 * word. Entities have numbers here. Everybody tells each second, mostly the same, so only what is otherwise than before costs anything.
 */
export class LinkGraph {
  readonly #numbers = new Map<EntityId, number>()
  /** Lists, since of a thousand members each node keeps a thousand, of a dozen numbers each. */
  readonly #told: (readonly number[] | undefined)[] = [[]]
  readonly #links: number[][] = [[]]
  readonly #free: number[] = []
  /** Numbers that somebody had and that may still be in what others told. */
  readonly #void = new Set<number>()

  constructor(own: EntityId) {
    this.#numbers.set(own, self)
  }

  /** One above the highest number. */
  get size(): number {
    return this.#links.length
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
    this.#told[number] = undefined
    this.#links[number] = []
    return number
  }

  /** Forgets all entities but these and this node. */
  keep(entities: ReadonlySet<EntityId>): void {
    for (const [entity, number] of this.#numbers) {
      if (number === self || entities.has(entity)) continue
      this.forget(number)
      this.#unlink(number, self)
      this.#numbers.delete(entity)
      this.#void.add(number)
    }
  }

  /** What an entity told is void, as if it had said nothing yet. */
  forget(number: number): void {
    // Its own links this node knows, whatever others say.
    for (const other of this.linksOf(number).filter((linked) => linked !== self)) this.#unlink(number, other)
    this.#told[number] = undefined
  }

  /** With whom an entity says it is linked; undefined where it has said nothing yet. */
  toldBy(number: number): readonly number[] | undefined {
    return this.#told[number]
  }

  /** With whom an entity is linked. */
  linksOf(number: number): readonly number[] {
    return this.#links[number] ?? []
  }

  /** Takes with whom an entity says it is linked. Returns whether anything is otherwise than before. */
  tell(number: number, told: readonly number[]): boolean {
    const before = this.#told[number]
    if (before === told || (before !== undefined && areEqual(before, told))) return false
    this.#told[number] = told
    let isChanged = before === undefined
    // Its own links this node knows, whatever others say; nobody is linked with itself.
    for (const other of before ?? []) {
      if (other === self || other === number || told.includes(other)) continue
      this.#unlink(number, other)
      isChanged = true
    }
    for (const other of told) {
      if (other === self || other === number || before?.includes(other) === true) continue
      if (number !== self && this.#told[other]?.includes(number) !== true) continue
      this.#link(number, other)
      isChanged = true
    }
    return isChanged
  }

  /** A number that nobody has; what was told of whoever had it before is void. */
  #take(): number {
    if (this.#free.length === 0 && this.#void.size > 0) this.#clean()
    return this.#free.pop() ?? this.#links.length
  }

  /** For all at once: where half of a cluster went and comes again, one after the other would be dear. */
  #clean(): void {
    const gone = this.#void
    for (const [by, told] of this.#told.entries()) {
      if (told?.some((other) => gone.has(other)) === true) this.#told[by] = told.filter((other) => !gone.has(other))
    }
    this.#free.push(...gone)
    gone.clear()
  }

  #link(one: number, other: number): void {
    this.#links[one]?.push(other)
    this.#links[other]?.push(one)
  }

  #unlink(one: number, other: number): void {
    remove(this.#links[one], other)
    remove(this.#links[other], one)
  }
}

function remove(list: number[] | undefined, item: number): void {
  const at = list?.indexOf(item) ?? -1
  if (at >= 0) list?.splice(at, 1)
}

const areEqual = (one: readonly number[], other: readonly number[]): boolean =>
  one.length === other.length && one.every((number, at) => other[at] === number)
