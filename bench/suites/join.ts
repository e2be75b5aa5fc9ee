import { Fleet } from '../fleet/fleet.ts'
import { inParts } from '../progress.ts'
import { median, spread, summary, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite } from '../suite.ts'
import { verify } from '../verification.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import { pause } from '../worker/pace.ts'
import type { Block } from '../worker/workload.ts'

const holders = 2

/** A little more than the time for which documents that were replaced are kept, so that who lags behind may still get their ends. */
const graceMs = 31_000

/** How often every entry is changed before a newcomer comes: what is held is to be a function of what lives, not of its history. */
const laps = 5

/**
 * What is compiled while the first entries come is no part of what an entry takes: so many of each holder's are there, and were changed so
 * many times, before the heap is first looked at.
 */
const warmKeys = 64
const warmLaps = 100

/** A fresh node comes to two that hold so many entries between them. */
export const join: Suite = {
  name: 'join',
  about: 'a fresh node, until it shows the whole cluster state; and what an entry takes in the heap',
  async run(run) {
    const sizes = byDepth(run, { tiny: [100], overview: [1000, 10_000], long: [1000, 10_000, 100_000] })
    const runs = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 7 })
    const rows: Row[] = []
    const series: Series[] = []
    // A fleet takes some time to begin and to end, whatever it holds.
    const share = inParts(sizes.map((entries) => 5000 + entries))
    for (const [at, entries] of sizes.entries()) {
      const progress = (done: number): Promise<void> => run.progress(share(at, done), `${entries} entries`)
      const isLargest = at === sizes.length - 1
      const restMs = run.depth === 'tiny' || !isLargest ? 0 : graceMs
      const { fromStart, fromAlive, heap } = await measure(entries, runs, restMs, progress)
      const kind = { entries }
      series.push({ metric: 'join_from_start', unit: 'ms', case: kind, runs: fromStart.map((ms) => [ms]) })
      series.push({ metric: 'join_from_first_contact', unit: 'ms', case: kind, runs: fromAlive.map((ms) => [ms]) })
      if (isLargest) {
        series.push({ metric: 'heap_per_live_entry', unit: 'B', case: { ...kind, times: laps }, runs: [heap] })
      }
      rows.push({
        ...kind,
        from_start: spread(summary(fromStart.map((ms) => [ms]))),
        from_first_contact: spread(summary(fromAlive.map((ms) => [ms]))),
        longest: text(Math.max(...fromStart)),
        times: runs,
        heap_B_per_entry: isLargest ? text(median(heap)) : '-',
      })
    }
    const notes = [
      'first contact: the first other member is alive in the eyes of the new node; the start opens its store and its ports before',
      `heap: what a whole node has more of it with all entries than with a few, after a full collection, when all were changed ${laps} times, for each entry; of the largest number only`,
    ]
    return { tables: [{ title: 'milliseconds to the complete cluster state', rows }], series, ratios: {}, notes }
  },
}

interface Measured {
  readonly fromStart: number[]
  readonly fromAlive: number[]
  /** Bytes for each entry, of each holder. */
  readonly heap: readonly number[]
}

async function measure(
  entries: number,
  runs: number,
  restMs: number,
  progress: (done: number) => Promise<void>,
): Promise<Measured> {
  const fleet = await Fleet.open({ nodes: holders })
  try {
    await progress(0)
    const share = Math.floor(entries / holders)
    const warm = Math.min(warmKeys, Math.floor(share / 2))
    await changed(fleet, warm, warmLaps)
    const before = await heaps(fleet)
    const blocks = await changed(fleet, share, laps)
    await fleet.verify(blocks)
    const restUntilMs = monotonicMs() + restMs
    const found = { fromStart: [] as number[], fromAlive: [] as number[] }
    for (let index = 0; index < runs; index += 1) {
      await progress((index + 1) / (runs + 1))
      const times = await joined(fleet, holders + 1 + index, blocks)
      found.fromStart.push(times.startMs)
      found.fromAlive.push(times.aliveMs)
    }
    await pause(restUntilMs - monotonicMs())
    const after = await heaps(fleet)
    const added = holders * (share - warm)
    return { ...found, heap: after.map((bytes, at) => (bytes - (before[at] ?? bytes)) / added) }
  } finally {
    await fleet.close()
  }
}

/** The first `keys` entries of each holder, each of them changed again and again, in the other one's eyes, too. */
async function changed(fleet: Fleet, keys: number, times: number): Promise<Block[]> {
  let blocks: Block[] = []
  for (let lap = 1; lap <= times; lap += 1) {
    blocks = fleet.members.map(({ name }) => ({ prefix: name, keys, lap }))
    await fleet.flood(new Map(fleet.nodes.map((node, at) => [node, blocks.slice(at, at + 1)])))
    await fleet.lastToShow(fleet.nodes, blocks)
  }
  return blocks
}

const heaps = (fleet: Fleet): Promise<number[]> => Promise.all(fleet.nodes.map((node) => node.ask('heap', undefined)))

async function joined(fleet: Fleet, number: number, blocks: Block[]): Promise<{ startMs: number; aliveMs: number }> {
  const member = await fleet.prepare(number)
  const complete = fleet.lastToShow([member.process], blocks)
  const beginMs = await fleet.start(member)
  const endMs = await complete
  const firstAliveMs = await member.process.ask('firstAlive', undefined)
  verify(firstAliveMs !== null, 'the new node shows everything and has met nobody')
  await fleet.settled()
  await fleet.verify(blocks)
  await member.process.ask('leave', undefined)
  await fleet.retire(member)
  await fleet.settled()
  return { startMs: endMs - beginMs, aliveMs: endMs - firstAliveMs }
}
