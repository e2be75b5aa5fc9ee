import type { EntityId } from '../state/entity-id.ts'
import { markOf } from '../state/link-claim.ts'

/** The marks by which heartbeats name entities, of those entities that have a number. Each is read once: members may be a thousand. */
export class Marks {
  readonly #marks: number[] = []
  readonly #numbers = new Map<number, number[]>()
  #check = 0

  add(number: number, entity: EntityId): void {
    const mark = markOf(entity)
    this.#marks[number] = mark
    this.#check ^= mark
    const sharing = this.#numbers.get(mark)
    if (sharing === undefined) this.#numbers.set(mark, [number])
    else sharing.push(number)
  }

  delete(number: number): void {
    const mark = this.of(number)
    this.#check ^= mark
    const others = this.numbersOf(mark).filter((sharing) => sharing !== number)
    if (others.length === 0) this.#numbers.delete(mark)
    else this.#numbers.set(mark, others)
  }

  of(number: number): number {
    return this.#marks[number] ?? 0
  }

  /** All that have a mark: it is short, and two may share one. */
  numbersOf(mark: number): readonly number[] {
    return this.#numbers.get(mark) ?? []
  }

  /** All marks in one number, as who is linked with everybody tells of them (`checkOf`). */
  get check(): number {
    return this.#check
  }
}
