import { strict as assert } from 'node:assert'
import { seededRandom, type Random } from '../runtime/random.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import type { Entry } from '../state/entry.ts'
import type { Accumulator, Reducer, SomeEntries } from '../state/reducer.ts'
import { stampAt } from '../state/stamp.ts'
import { present } from './contract-case.ts'
import { entityIdOf } from './virtual-cluster.ts'

/** An arbitrary of fast-check, as far as it matters here. */
export interface ArbitraryLike<Value> {
  /** fast-check's own. */
  generate(random: never, biasFactor: number | undefined): { readonly value: Value }
}

/** What is used of fast-check: the module itself fits, versions 3 and 4. */
export interface FastCheckLike {
  /** fast-check's own. */
  nat(): ArbitraryLike<number>
  /** fast-check's own. */
  array<Value>(
    values: ArbitraryLike<Value>,
    constraints: { readonly minLength: number; readonly maxLength: number; readonly size: 'max' },
  ): ArbitraryLike<Value[]>
  /** fast-check's own. */
  property<First, Second>(
    first: ArbitraryLike<First>,
    second: ArbitraryLike<Second>,
    predicate: (first: First, second: Second) => void,
  ): unknown
  /** fast-check's own. */
  assert(property: never, parameters: { readonly numRuns: number; readonly seed?: number }): unknown
}

/** How the laws are checked. */
export interface ReducerLawOptions<Summary> {
  /**
   * The reducer is a join: its values are states, of which it finds the one above all. Then two more laws must hold: saying the same twice
   * changes nothing, and groups may be folded first. A sum or a latest word is no join. Default false.
   */
  readonly join?: boolean
  /** When two results are one. Default: they are the same JSON. */
  readonly same?: (a: Summary, b: Summary) => boolean
  /** Cases that are tried. Default 200. */
  readonly runs?: number
  /** Makes a run that failed again; fast-check prints it. Default by chance. */
  readonly seed?: number
}

/**
 * Checks with fast-check that a reducer may be used in a cluster: the result depends on the set of entries and on nothing else. Its laws:
 *
 * - any order: entries in any order fold to the same;
 * - purity: it answers the same again and changes nothing it is given;
 * - once is enough: an entry that arrives again changes nothing;
 * - removal: whatever was added, replaced and removed before, in whatever grouping, the result is that of the entries that are left;
 * - plain results: the result can be compared as JSON;
 * - explanation: a sentence, and entities that said something;
 * - for a join: the same said twice is the same as once, and groups may be folded first.
 *
 * fast-check is given as the first argument, so that only those who check need it.
 *
 * @throws what fast-check throws: the smallest entries found for which a law does not hold, the law, and the seed.
 * @example
 * ```ts
 * import fc from 'fast-check'
 * import { sumReducer } from 'lampfield'
 * import { assertReducerLaws } from 'lampfield/testing'
 *
 * assertReducerLaws(fc, sumReducer, fc.integer())
 * ```
 */
export function assertReducerLaws<Value, Summary>(
  fastCheck: FastCheckLike,
  reducer: Reducer<Value, Summary>,
  values: ArbitraryLike<Value>,
  options: ReducerLawOptions<Summary> = {},
): void {
  const { join = false, same = sameJson, runs = 200, seed } = options
  const someValues = fastCheck.array(values, { minLength: 1, maxLength: entriesMax, size: 'max' })
  const property = fastCheck.property(someValues, fastCheck.nat(), (said, chance) => {
    const trial = new Trial(reducer, said, seededRandom(chance), same)
    trial.purity()
    trial.anyOrder()
    trial.removal()
    trial.explanation()
    if (join) trial.join()
  })
  fastCheck.assert(property as never, seed === undefined ? { numRuns: runs } : { numRuns: runs, seed })
}

/** Above the number from which on a node keeps an accumulator, where the reducer has one. */
const entriesMax = 30
const stepsPerEntry = 4

class Trial<Value, Summary> {
  readonly #reducer: Reducer<Value, Summary>
  readonly #random: Random
  readonly #same: (a: Summary, b: Summary) => boolean
  readonly #entries: readonly Entry<Value>[]

  constructor(
    reducer: Reducer<Value, Summary>,
    values: readonly Value[],
    random: Random,
    same: (a: Summary, b: Summary) => boolean,
  ) {
    this.#reducer = reducer
    this.#random = random
    this.#same = same
    // Few distinct times, so that equal stamps of different entities come up.
    this.#entries = values.map((value, at) => {
      return Object.freeze({ entity: entityAt(at), value, stamp: stampAt(1_700_000_000_000 + random.below(8)) })
    })
  }

  anyOrder(): void {
    const expected = this.#fold(this.#entries)
    this.#equal(this.#fold(this.#shuffled()), expected, 'any order')
    assert.notEqual(JSON.stringify(expected), undefined, this.#broken('plain results'))
  }

  purity(): void {
    const before = JSON.stringify(this.#entries)
    const first = this.#fold(this.#entries)
    this.#equal(this.#fold(this.#entries), first, 'purity')
    assert.equal(JSON.stringify(this.#entries), before, this.#broken('purity: it changed the entries'))
  }

  /** Entries come, are replaced, come again and go, and entities leave and return; the fold is that of what is left. */
  removal(): void {
    const state = new ClusterState<Value, Summary>(() => this.#reducer, this.#same)
    const accumulator = this.#reducer.accumulator?.()
    const left = new Map<EntityId, Entry<Value>>()
    for (const { entity } of this.#entries) state.setCounted(entity, true)
    const steps = this.#entries.length * stepsPerEntry
    for (let step = 0; step < steps; step += 1) {
      const { entity } = this.#pick()
      const before = left.get(entity)
      if (before !== undefined) accumulator?.remove(before)
      // In the first half entries mostly come, in the second they mostly go.
      if (this.#random.below(4) < (step * 2 < steps ? 3 : 1)) {
        const entry = { ...this.#pick(), entity }
        left.set(entity, entry)
        accumulator?.add(entry)
        state.put(entity, 'key', entry.value, entry.stamp)
        const again = state.put(entity, 'key', entry.value, entry.stamp)
        assert.equal(again.length, 0, this.#broken('once is enough'))
      } else if (left.delete(entity)) state.remove(entity, 'key')
      state.setCounted(entity, false)
      state.setCounted(entity, true)
      this.#isFoldOf(left, state.get('key'), accumulator)
    }
  }

  #isFoldOf(
    left: ReadonlyMap<EntityId, Entry<Value>>,
    kept: Summary | undefined,
    accumulator: Accumulator<Value, Summary> | undefined,
  ): void {
    const entries = [...left.values()].sort((a, b) => (a.entity < b.entity ? -1 : 1))
    if (entries.length === 0) return
    const expected = this.#fold(entries)
    if (accumulator !== undefined) this.#equal(accumulator.result(), expected, 'removal, by the accumulator')
    this.#equal(kept as Summary, expected, 'removal')
  }

  explanation(): void {
    const { rule, decidedBy } = this.#reducer.explain(some(this.#entries))
    assert.ok(typeof rule === 'string' && rule.length > 0, this.#broken('explanation: there is no sentence'))
    for (const entity of decidedBy) {
      assert.ok(
        this.#entries.some((entry) => entry.entity === entity),
        this.#broken(`explanation: ${entity} said nothing`),
      )
    }
  }

  join(): void {
    const [first] = some(this.#entries)
    const twice = [first, { ...first, entity: entityAt(entriesMax) }]
    this.#equal(this.#fold(twice), this.#fold([first]), 'join: the same twice')
    const cut = this.#random.below(this.#entries.length)
    const groups = [this.#entries.slice(0, cut), this.#entries.slice(cut)].filter((group) => group.length > 0)
    const folded = groups.map((group, at): Entry<Value> => {
      return { ...first, entity: entityAt(at), value: this.#fold(group) as unknown as Value }
    })
    this.#equal(this.#fold(folded), this.#fold(this.#entries), 'join: grouping')
  }

  #fold(entries: readonly Entry<Value>[]): Summary {
    return this.#reducer.reduce(some(entries))
  }

  #equal(actual: Summary, expected: Summary, law: string): void {
    const difference = `${JSON.stringify(actual)} and ${JSON.stringify(expected)}`
    assert.ok(this.#same(actual, expected), this.#broken(`${law}: ${difference}`))
  }

  #broken(law: string): string {
    return `the reducer ${this.#reducer.name} breaks a law: ${law}`
  }

  #pick(): Entry<Value> {
    return present(this.#entries[this.#random.below(this.#entries.length)])
  }

  #shuffled(): Entry<Value>[] {
    const left = [...this.#entries]
    return this.#entries.flatMap(() => left.splice(this.#random.below(left.length), 1))
  }
}

const sameJson = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

function entityAt(at: number): EntityId {
  const read = parseEntityId(entityIdOf(at + 1))
  assert.ok(read.ok)
  return read.value
}

function some<Value>(entries: readonly Entry<Value>[]): SomeEntries<Value> {
  const [first, ...others] = entries
  return [present(first), ...others]
}
