import { lan } from '../../src/node/options.ts'
import { Fleet, type Member } from '../fleet/fleet.ts'
import { median, spread, summary, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite, type SuiteRun } from '../suite.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import type { Block } from '../worker/workload.ts'

const ways = ['kill -9', 'SIGSTOP', 'clean leave'] as const
type Way = (typeof ways)[number]

/** A node ends, in three ways; how long its lamp stays on where it should go off, and how long it takes to come back. */
export const death: Suite = {
  name: 'death',
  about: "a node ends: until its entry is gone from the last other node's cluster state",
  async run(run) {
    const counts = run.nodes ?? byDepth(run, { tiny: [2], overview: [3], long: [3, 5, 8, 12] })
    const rows: Row[] = []
    const series: Series[] = []
    const ratios: Record<string, number> = {}
    for (const [at, nodes] of counts.entries()) {
      await run.progress(at / counts.length, `${nodes} nodes`)
      const found = await measure(run, nodes, (done) => run.progress((at + done) / counts.length, `${nodes} nodes`))
      for (const way of ways) {
        const [seen, back] = [found.seen.get(way) ?? [], found.back.get(way) ?? []]
        const kind = { nodes, way }
        series.push({ metric: 'death_seen', unit: 'ms', case: kind, runs: seen.map((ms) => [ms]) })
        series.push({ metric: 'return_seen', unit: 'ms', case: kind, runs: back.map((ms) => [ms]) })
        // A heartbeat's period is the unit in which silence is counted.
        ratios[`${way.replaceAll(/\W+/g, '_')}_in_heartbeats_at_${nodes}`] = median(seen) / lan.heartbeatMs
        rows.push({
          ...kind,
          seen_by_last: spread(summary(seen.map((ms) => [ms]))),
          longest: text(Math.max(...seen)),
          return_seen: spread(summary(back.map((ms) => [ms]))),
          times: seen.length,
        })
      }
    }
    const notes = ['return_seen: from SIGCONT, or from the start of a new process with the same data directory']
    return { tables: [{ title: 'milliseconds', rows }], series, ratios, notes }
  },
}

interface Found {
  readonly seen: Map<Way, number[]>
  readonly back: Map<Way, number[]>
}

async function measure(run: SuiteRun, nodes: number, progress: (done: number) => Promise<void>): Promise<Found> {
  const runs = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 10 })
  const found: Found = { seen: new Map(), back: new Map() }
  const fleet = await Fleet.open({ nodes })
  try {
    const blocks = new Map(fleet.members.map((member) => [member, { prefix: member.name, keys: 1, lap: 1 }]))
    for (const [member, block] of blocks) await fleet.flood(new Map([[member.process, [block]]]))
    await fleet.lastToShow(fleet.nodes, [...blocks.values()])
    for (let index = 0; index < runs; index += 1) {
      for (const [at, way] of ways.entries()) {
        const victim = fleet.members[(index + at) % nodes]
        if (victim === undefined) throw new Error('there is no node to end')
        const times = await ended(fleet, blocks, victim, way)
        found.seen.set(way, [...(found.seen.get(way) ?? []), times.seenMs])
        found.back.set(way, [...(found.back.get(way) ?? []), times.backMs])
        await progress((index + (at + 1) / ways.length) / runs)
      }
    }
  } finally {
    await fleet.close()
  }
  return found
}

async function ended(
  fleet: Fleet,
  blocks: ReadonlyMap<Member, Block>,
  victim: Member,
  way: Way,
): Promise<{ seenMs: number; backMs: number }> {
  const others = fleet.nodes.filter((node) => node !== victim.process)
  const left = [...blocks].flatMap(([member, block]) => (member === victim ? [] : [block]))
  const gone = fleet.lastToShow(others, left)
  const startMs = await end(victim, way)
  const seenMs = (await gone) - startMs
  await fleet.verify(left, others)
  const isFrozen = way === 'SIGSTOP'
  if (!isFrozen) {
    await victim.process.kill()
    await fleet.prepare(victim.number)
  }
  const all = [...blocks.values()]
  const back = fleet.lastToShow(others, all)
  const backStartMs = isFrozen ? monotonicMs() : await fleet.start(victim)
  const own = blocks.get(victim)
  if (isFrozen) victim.process.signal('SIGCONT')
  else if (own !== undefined) await fleet.flood(new Map([[victim.process, [own]]]))
  const backMs = (await back) - backStartMs
  await fleet.settled()
  await fleet.lastToShow(fleet.nodes, all)
  await fleet.verify(all)
  return { seenMs, backMs }
}

/** The time at which it ended, or began to leave. */
async function end(victim: Member, way: Way): Promise<number> {
  if (way === 'clean leave') return victim.process.ask('leave', undefined)
  const atMs = monotonicMs()
  victim.process.signal(way === 'SIGSTOP' ? 'SIGSTOP' : 'SIGKILL')
  return atMs
}
