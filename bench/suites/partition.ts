import { deviceStates } from '../../src/state/device-state.ts'
import { lanTrouble } from '../../test/support/namespaces.ts'
import { cutApart, mend } from '../fleet/cut.ts'
import { Fleet, type Member } from '../fleet/fleet.ts'
import { inParts } from '../progress.ts'
import { median, spread, summary, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite } from '../suite.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import type { Block } from '../worker/workload.ts'

/** How many nodes stand on each side. */
interface Shape {
  readonly name: string
  readonly sides: readonly [number, number]
}

interface Healing {
  /** From the cut until both sides no longer count the other. */
  readonly noticedMs: number
  readonly healedMs: number
  readonly bytes: number
  readonly leastBytes: number
}

const shapes: readonly Shape[] = [
  { name: '2|1', sides: [2, 1] },
  { name: '2|2', sides: [2, 2] },
]

/** The network is cut in two, both sides go on, and the link comes back. */
export const partition: Suite = {
  name: 'partition',
  about: 'a silent cut, changes on both sides, and the time and bytes until all are equal again',
  async run(run) {
    const runs = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 5 })
    const sizes = byDepth(run, { tiny: [10], overview: [100, 10_000], long: [0, 100, 10_000] })
    const wanted = byDepth(run, { tiny: shapes.slice(0, 1), overview: shapes.slice(0, 1), long: shapes })
    const trouble = lanTrouble()
    // Most of the time is that in which the sides give each other up, whatever is changed meanwhile.
    const share = inParts(wanted.flatMap(() => sizes.map(() => 1)))
    const rows: Row[] = []
    const series: Series[] = []
    const ratios: Record<string, number> = {}
    for (const [at, shape] of wanted.entries()) {
      const fleet = await Fleet.open({ nodes: shape.sides[0] + shape.sides[1], onLan: trouble === undefined })
      try {
        const trial = new Trial(fleet, shape)
        for (const [next, changes] of sizes.entries()) {
          await trial.prepare(changes)
          const healings: Healing[] = []
          for (let index = 0; index < runs; index += 1) {
            const done = share(at * sizes.length + next, index / runs)
            await run.progress(done, `${shape.name}, ${changes} changes`)
            healings.push(await trial.cut(changes))
          }
          const kind = { shape: shape.name, changes }
          series.push(...seriesOf(kind, healings))
          rows.push({ ...kind, ...figures(healings) })
          if (changes > 0) ratios[`bytes_to_least_${shape.sides.join('_')}_${changes}`] = timesLeast(healings)
        }
      } finally {
        await fleet.close()
      }
    }
    const how =
      trouble === undefined
        ? 'cut by the switch between network namespaces'
        : `cut inside the processes, because ${trouble}: connections begin anew when the cut ends`
    const notes = [
      how,
      'healed: from just before the command that gives the link back',
      'least bytes: which of the keys have changed, and to which of nine states, as information, once to each node that lacks it',
    ]
    return { tables: [{ title: 'milliseconds and bytes', rows }], series, ratios, notes }
  },
}

class Trial {
  readonly #fleet: Fleet
  readonly #sides: readonly [readonly Member[], readonly Member[]]
  /** What each side's writer holds, by its prefix. */
  readonly #held: readonly [Map<string, Block>, Map<string, Block>] = [new Map(), new Map()]

  constructor(fleet: Fleet, { sides: [first] }: Shape) {
    this.#fleet = fleet
    this.#sides = [fleet.members.slice(0, first), fleet.members.slice(first)]
  }

  /** Writes the keys that are to be changed during the cut. */
  async prepare(changes: number): Promise<void> {
    await this.#write(changes)
    await this.#fleet.lastToShow(this.#fleet.nodes, this.#all())
  }

  async cut(changes: number): Promise<Healing> {
    const fleet = this.#fleet
    const cutMs = monotonicMs()
    await cutApart(fleet, ...this.#sides)
    const apart = await Promise.all(
      this.#sides.map(async (side, at) => {
        const nodes = side.map((member) => member.process)
        return fleet.lastToShow(nodes, [...(this.#held[at] ?? new Map()).values()])
      }),
    )
    await this.#write(changes)
    await Promise.all(
      this.#sides.map(async (side, at) => {
        const nodes = side.map((member) => member.process)
        const blocks = [...(this.#held[at] ?? new Map<string, Block>()).values()]
        await fleet.lastToShow(nodes, blocks)
        await fleet.verify(blocks, nodes)
      }),
    )
    const before = await fleet.gauges()
    const healed = fleet.lastToShow(fleet.nodes, this.#all())
    const mendMs = monotonicMs()
    await mend(fleet)
    const healedMs = (await healed) - mendMs
    const after = await fleet.gauges()
    await fleet.settled()
    await fleet.verify(this.#all())
    const bytes = after.reduce((sum, gauge, at) => sum + gauge.bytesOut - (before[at]?.bytesOut ?? 0), 0)
    return { noticedMs: Math.max(...apart) - cutMs, healedMs, bytes, leastBytes: this.#leastBytes(changes) }
  }

  /** The first node of each side gives each of its keys of this size the next value. */
  async #write(changes: number): Promise<void> {
    const work = this.#sides.map((side, at) => {
      const prefix = `side${at}.${changes}`
      const lap = (this.#held[at]?.get(prefix)?.lap ?? 0) + 1
      const block = { prefix, keys: changes === 0 ? 0 : changes, lap }
      this.#held[at]?.set(prefix, block)
      // A writer that has nothing to change still has an entry, so that the cut can be seen from the other side.
      const mark = { prefix: `mark${at}`, keys: 1, lap: 1 }
      const blocks = this.#held[at]?.has(mark.prefix) === true ? [block] : [block, mark]
      this.#held[at]?.set(mark.prefix, mark)
      const [writer] = side
      if (writer === undefined) throw new Error('there is nobody on one side')
      return [writer.process, blocks] as const
    })
    await this.#fleet.flood(new Map(work))
  }

  #all(): Block[] {
    return this.#held.flatMap((blocks) => [...blocks.values()])
  }

  #leastBytes(changes: number): number {
    const [one, other] = this.#sides
    const keysOf = (at: 0 | 1): number => [...this.#held[at].values()].reduce((sum, { keys }) => sum + keys, 0)
    const bits = informationBits(changes, keysOf(0)) * other.length + informationBits(changes, keysOf(1)) * one.length
    return bits / 8
  }
}

/** What is to be told to someone who knows the keys: which ones have changed, and to which of the nine states. */
export function informationBits(changes: number, keys: number): number {
  let bits = changes * Math.log2(deviceStates.length)
  // log2 of the number of ways to choose the changed keys.
  for (let chosen = 1; chosen <= changes; chosen += 1) bits += Math.log2((keys - changes + chosen) / chosen)
  return bits
}

function seriesOf(kind: Series['case'], healings: readonly Healing[]): Series[] {
  const of = (metric: string, unit: string, read: (healing: Healing) => number): Series => {
    return { metric, unit, case: kind, runs: healings.map((healing) => [read(healing)]) }
  }
  return [
    of('cut_noticed', 'ms', ({ noticedMs }) => noticedMs),
    of('healed', 'ms', ({ healedMs }) => healedMs),
    of('heal_bytes', 'B', ({ bytes }) => bytes),
    of('least_bytes', 'B', ({ leastBytes }) => leastBytes),
  ]
}

function figures(healings: readonly Healing[]): Row {
  const least = median(healings.map(({ leastBytes }) => leastBytes))
  const bytes = median(healings.map((healing) => healing.bytes))
  return {
    noticed: spread(summary(healings.map(({ noticedMs }) => [noticedMs]))),
    healed: spread(summary(healings.map(({ healedMs }) => [healedMs]))),
    bytes: text(bytes),
    least_bytes: text(least),
    x_least: least === 0 ? '-' : text(timesLeast(healings)),
    times: healings.length,
  }
}

function timesLeast(healings: readonly Healing[]): number {
  return median(healings.map(({ bytes, leastBytes }) => bytes / leastBytes))
}
