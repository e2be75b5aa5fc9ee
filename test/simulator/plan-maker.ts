import { seededRandom, type Random } from '../../src/runtime/random.ts'
import { keySpace } from './keys.ts'
import type { Action, DiskFate, Plan, Start, Step, Weather } from './plan.ts'

export interface PlanSize {
  readonly nodes: number
  readonly minutes: number
  /** Default true: multicast is heard always, and not only while the cluster starts. */
  readonly multicast?: boolean
  /** Default what a real cluster has: up to so many servers are all linked with all. */
  readonly fullMeshMax?: number | undefined
}

/** Chance, in the words that plans are made of. */
class Dice {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  below(bound: number): number {
    return this.#random.below(bound)
  }

  is(share: number): boolean {
    return this.#random.fraction() < share
  }

  between(low: number, high: number): number {
    return low + this.#random.fraction() * (high - low)
  }

  /** Short times are as likely as long ones, measured in doublings. */
  spanMs(lowMs: number, highMs: number): number {
    return Math.round(lowMs * (highMs / lowMs) ** this.#random.fraction())
  }

  one<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)]
    if (item === undefined) throw new RangeError('nothing to choose from')
    return item
  }
}

/** The temper of a plan: which faults occur at all, and how busy everybody is. A seed with all of them hides what one brings about. */
interface Mood {
  readonly makers: readonly FaultMaker[]
  readonly faultEveryMs: number
  readonly writeEveryMs: number
  readonly keys: number
}

type FaultMaker = (dice: Dice, nodes: number, restMs: number) => Action | undefined

/** Everybody has started and met everybody by then. */
const startedMs = 12_000

/** The plan of a seed: the same one, always. */
export function makePlan(seed: number, { nodes, minutes, multicast = true, fullMeshMax }: PlanSize): Plan {
  const dice = new Dice(seed)
  const endMs = Math.round(minutes * 60_000)
  const mood = moodOf(dice, nodes, multicast)
  const steps = [...writes(dice, mood, nodes, endMs), ...faults(dice, mood, nodes, endMs)]
  return {
    seed,
    starts: startsOf(dice, nodes),
    forgetAfterMs: dice.is(0.2) ? 60_000 : 86_400_000,
    ...(multicast ? {} : { multicastUntilMs: startedMs }),
    ...(fullMeshMax === undefined ? {} : { fullMeshMax }),
    endMs,
    steps: steps.sort((a, b) => a.atMs - b.atMs),
  }
}

function startsOf(dice: Dice, nodes: number): Start[] {
  const hasDrift = dice.is(0.3)
  return Array.from({ length: nodes }, () => ({
    atMs: dice.is(0.1) ? dice.spanMs(500, 10_000) : dice.below(500),
    rate: hasDrift && dice.is(0.5) ? 1 + Math.round(dice.between(-50, 50)) / 1000 : 1,
  }))
}

function moodOf(dice: Dice, nodes: number, multicast: boolean): Mood {
  const chosen = Object.values(faultMakers).filter(() => dice.is(0.4))
  return {
    // Nobody can know of a clone that nobody hears.
    makers: multicast ? chosen : chosen.filter((maker) => maker !== faultMakers['clone']),
    faultEveryMs: dice.spanMs(2000, 15_000),
    // Each write is a message to everybody: a larger cluster writes no more in sum.
    writeEveryMs: dice.spanMs(60, 2000) * Math.max(1, nodes / 50),
    keys: 1 + dice.below(keySpace.length),
  }
}

function* writes(dice: Dice, mood: Mood, nodes: number, endMs: number): Generator<Step> {
  let value = 1000
  for (let atMs = 2000; ;) {
    atMs += Math.ceil(dice.between(0, 2 * mood.writeEveryMs))
    if (atMs >= endMs) return
    const server = dice.below(nodes)
    const key = dice.below(mood.keys)
    value += 1
    const kind = dice.one(['set', 'set', 'set', 'set', 'set', 'set', 'set', 'unset', 'unset', 'read'] as const)
    if (kind === 'set') yield { atMs, kind, server, key, value }
    else if (kind === 'unset') yield { atMs, kind, server, key }
    else yield { atMs, kind, server }
  }
}

function* faults(dice: Dice, mood: Mood, nodes: number, endMs: number): Generator<Step> {
  if (mood.makers.length === 0) return
  for (let atMs = 0; ;) {
    atMs += Math.ceil(dice.between(0, 2 * mood.faultEveryMs))
    if (atMs >= endMs) return
    const action = dice.one(mood.makers)(dice, nodes, endMs - atMs)
    if (action === undefined) continue
    // Some die just after a write that was to be kept.
    if (action.kind === 'crash' && dice.is(0.3)) {
      const key = keySpace.findIndex(({ kept }, place) => kept && dice.is(0.3 + place / 20))
      const write = { kind: 'set', server: action.server, key: Math.max(2, key), value: 900_000 + atMs } as const
      yield { ...write, atMs: Math.max(0, atMs - dice.below(8)) }
    }
    yield { ...action, atMs }
  }
}

/** How long a fault lasts: mostly a bound of the protocol is somewhere inside. */
const lasting = (dice: Dice): number => dice.spanMs(50, 40_000)

const faultMakers: Readonly<Record<string, FaultMaker>> = {
  crash: (dice, nodes, restMs) => ({
    kind: 'crash',
    server: dice.below(nodes),
    power: dice.is(0.3),
    disk: diskFate(dice),
    forMs: dice.is(0.15) ? restMs : dice.spanMs(1, 30_000),
  }),
  leave: (dice, nodes, restMs) => ({
    kind: 'leave',
    server: dice.below(nodes),
    forMs: dice.is(0.2) ? restMs : dice.spanMs(1, 20_000),
  }),
  pause: (dice, nodes) => ({ kind: 'pause', server: dice.below(nodes), forMs: lasting(dice) }),
  slow: (dice, nodes) => {
    const everyMs = dice.spanMs(200, 3000)
    const stallMs = Math.round(everyMs * dice.between(0.2, 0.8))
    return { kind: 'slow', server: dice.below(nodes), stallMs, everyMs, forMs: dice.spanMs(2000, 40_000) }
  },
  cut: (dice, nodes) =>
    withPair(dice, nodes, (a, b) => ({ kind: 'cut', a, b, oneWay: dice.is(0.4), forMs: lasting(dice) })),
  flap: (dice, nodes) =>
    withPair(dice, nodes, (a, b) => {
      return { kind: 'flap', a, b, everyMs: dice.spanMs(200, 12_000), forMs: dice.spanMs(5000, 40_000) }
    }),
  partition: (dice, nodes) => {
    const islands = 2 + dice.below(3)
    return {
      kind: 'partition',
      islands: Array.from({ length: nodes }, () => dice.below(islands)),
      forMs: lasting(dice),
    }
  },
  weather: (dice, nodes) => {
    const weather = weatherOf(dice)
    const forMs = dice.spanMs(1000, 40_000)
    return dice.is(0.5)
      ? { kind: 'weather', weather, forMs }
      : { kind: 'weather', server: dice.below(nodes), weather, forMs }
  },
  clockStep: (dice, nodes) => {
    const byMs = dice.one([1000, 60_000, 3_600_000, 90_000_000, 31_536_000_000]) * (dice.is(0.5) ? 1 : -1)
    return { kind: 'clock-step', server: dice.below(nodes), byMs }
  },
  clone: (dice, nodes) => {
    if (nodes < 3) return undefined
    return { kind: 'clone', server: dice.below(nodes), copied: dice.is(0.4), forMs: dice.spanMs(3000, 20_000) }
  },
  burst: (dice, nodes) => ({
    kind: 'burst',
    server: dice.below(nodes),
    keys: Array.from({ length: 1 + dice.below(3) }, () => dice.below(keySpace.length)),
    count: Math.ceil(dice.spanMs(60, 6000) / nodes),
    everyMs: dice.spanMs(1, 30),
    value: 1_000_000 * (1 + dice.below(1000)),
  }),
}

function diskFate(dice: Dice): DiskFate {
  if (dice.is(0.6)) return 'same'
  return dice.is(0.5) ? 'none' : { old: 1 + dice.below(3) }
}

function weatherOf(dice: Dice): Weather {
  return {
    ...(dice.is(0.4) ? { gossipLoss: dice.one([0.02, 0.2, 0.6, 1]) } : {}),
    ...(dice.is(0.3) ? { gossipDuplicate: dice.between(0, 0.5) } : {}),
    ...(dice.is(0.3) ? { gossipReorder: dice.between(0, 0.5), reorderMs: dice.spanMs(5, 400) } : {}),
    ...(dice.is(0.4) ? { latencyMs: dice.spanMs(1, 150), jitterMs: dice.spanMs(1, 100) } : {}),
  }
}

function withPair(dice: Dice, nodes: number, make: (a: number, b: number) => Action): Action | undefined {
  if (nodes < 2) return undefined
  const a = dice.below(nodes)
  const b = (a + 1 + dice.below(nodes - 1)) % nodes
  return make(a, b)
}
