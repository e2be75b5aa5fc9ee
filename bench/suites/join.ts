import { Fleet } from '../fleet/fleet.ts'
import { spread, summary, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite } from '../suite.ts'
import { verify } from '../verification.ts'
import type { Block } from '../worker/workload.ts'

const holders = 2

/** A fresh node comes to two that hold so many entries between them. */
export const join: Suite = {
  name: 'join',
  about: 'a fresh node, until it shows the whole cluster state',
  async run(run) {
    const sizes = byDepth(run, { tiny: [100], overview: [1000, 10_000], long: [1000, 10_000, 100_000] })
    const runs = run.runs ?? byDepth(run, { tiny: 1, overview: 3, long: 7 })
    const rows: Row[] = []
    const series: Series[] = []
    for (const [at, entries] of sizes.entries()) {
      const fromStart: number[] = []
      const fromAlive: number[] = []
      const fleet = await Fleet.open({ nodes: holders })
      try {
        const blocks = await hold(fleet, entries)
        for (let index = 0; index < runs; index += 1) {
          await run.progress((at + index / runs) / sizes.length, `${entries} entries`)
          const times = await joined(fleet, holders + 1 + index, blocks)
          fromStart.push(times.startMs)
          fromAlive.push(times.aliveMs)
        }
      } finally {
        await fleet.close()
      }
      const kind = { entries }
      series.push({ metric: 'join_from_start', unit: 'ms', case: kind, runs: fromStart.map((ms) => [ms]) })
      series.push({ metric: 'join_from_first_contact', unit: 'ms', case: kind, runs: fromAlive.map((ms) => [ms]) })
      rows.push({
        ...kind,
        from_start: spread(summary(fromStart.map((ms) => [ms]))),
        from_first_contact: spread(summary(fromAlive.map((ms) => [ms]))),
        longest: text(Math.max(...fromStart)),
        times: runs,
      })
    }
    const notes = [
      'first contact: the first other member is alive in the eyes of the new node; the start opens its store and its ports before',
    ]
    return { tables: [{ title: 'milliseconds to the complete cluster state', rows }], series, ratios: {}, notes }
  },
}

async function hold(fleet: Fleet, entries: number): Promise<Block[]> {
  const blocks = fleet.members.map(({ name }) => ({ prefix: name, keys: Math.floor(entries / holders), lap: 1 }))
  await fleet.flood(new Map(fleet.nodes.map((node, at) => [node, blocks.slice(at, at + 1)])))
  await fleet.lastToShow(fleet.nodes, blocks)
  await fleet.verify(blocks)
  return blocks
}

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
