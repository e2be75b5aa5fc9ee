import { readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { makePlan } from './plan-maker.ts'
import { describe, type Plan } from './plan.ts'
import { runPlan } from './run.ts'
import { shrink } from './shrink.ts'
import type { Violation } from './violation.ts'

const usage = `npm run simulate -- [options]
  --seeds N     so many plans (1)
  --first S     the seed of the first one (1)
  --seed S      this one only
  --nodes M     servers of each (5)
  --minutes T   virtual minutes of faults in each (1)
  --no-multicast  nobody hears multicast once all have met
  --full-mesh L up to so many servers are all linked with all; of more, each with few (32)
  --plan FILE   a plan as it was printed, in place of one from a seed
  --steps       print each step as it happens
  --no-shrink   tell a failure as it is, without looking for a shorter history
  --keep-going  go on after a failure

  npm run simulate -- --seeds 300 --nodes 6 --minutes 2     a lunch break
  npm run simulate -- --seeds 10000 --nodes 24 --keep-going a night, on one core
  npm run simulate -- --nodes 1000 --minutes 0.3            a thousand nodes in one process: 6 GB, and half an hour`

const options = {
  seeds: { type: 'string', default: '1' },
  first: { type: 'string', default: '1' },
  seed: { type: 'string' },
  nodes: { type: 'string', default: '5' },
  minutes: { type: 'string', default: '1' },
  'no-multicast': { type: 'boolean', default: false },
  'full-mesh': { type: 'string' },
  plan: { type: 'string' },
  steps: { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  'keep-going': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Looking for a shorter history is given up after this. */
const shrinkMaxMs = 120_000

const toldEveryMs = 10_000

const say = (text: string): void => void process.stdout.write(`${text}\n`)

async function main(): Promise<number> {
  const { values } = parseArgs({ options })
  if (values.help) {
    say(usage)
    return 0
  }
  const [nodes, minutes] = [Number(values.nodes), Number(values.minutes)]
  const fullMeshMax = values['full-mesh'] === undefined ? undefined : Number(values['full-mesh'])
  const tell = values.steps ? say : (): void => {}
  if (values.plan !== undefined) {
    const plan = JSON.parse(readFileSync(values.plan, 'utf8')) as Plan
    if (values.steps) for (const line of describe(plan)) say(line)
    return await one(plan, tell, values['no-shrink'])
  }
  const first = Number(values.seed ?? values.first)
  const seeds = values.seed === undefined ? Number(values.seeds) : 1
  const total = { seeds: 0, virtualMs: 0, healMs: 0, parcels: 0, writes: 0, failed: 0 }
  const startMs = performance.now()
  let toldMs = startMs
  for (let seed = first; seed < first + seeds; seed += 1) {
    const plan = makePlan(seed, { nodes, minutes, multicast: !values['no-multicast'], fullMeshMax })
    const outcome = await runPlan(plan, tell, progressOf(plan))
    total.seeds += 1
    total.virtualMs += outcome.virtualMs
    total.parcels += outcome.parcels
    total.writes += outcome.writes
    total.healMs = Math.max(total.healMs, outcome.healMs)
    if (outcome.violation !== undefined) {
      total.failed += 1
      await fail(plan, outcome.violation, values['no-shrink'])
      const weather =
        (values['no-multicast'] ? ' --no-multicast' : '') +
        (fullMeshMax === undefined ? '' : ` --full-mesh ${fullMeshMax}`)
      say(
        `rerun the whole of it: npm run simulate -- --seed ${seed} --nodes ${nodes} --minutes ${minutes}${weather} --steps`,
      )
      if (!values['keep-going']) break
    }
    if (performance.now() - toldMs > toldEveryMs) {
      toldMs = performance.now()
      say(sum(total, startMs))
    }
  }
  say(sum(total, startMs))
  return total.failed > 0 ? 1 : 0
}

/** Of a plan that takes long by itself, how far it is. */
function progressOf({ seed, endMs }: Plan): (nowMs: number, parcels: number) => void {
  let toldMs = performance.now()
  // Agreement and the quiet time after it follow the last fault.
  const leastMs = endMs + 7000
  return (nowMs, parcels) => {
    if (performance.now() - toldMs < toldEveryMs) return
    toldMs = performance.now()
    const passed = `${(nowMs / 1000).toFixed(1)} virtual seconds of ${(leastMs / 1000).toFixed(1)} at the least`
    say(`seed ${seed}: ${passed}, ${(parcels / 1e6).toFixed(2)} million parcels`)
  }
}

async function one(plan: Plan, tell: (line: string) => void, isPlain: boolean): Promise<number> {
  const { violation, virtualMs, healMs } = await runPlan(plan, tell, progressOf(plan))
  if (violation === undefined) {
    say(`all holds: ${Math.round(virtualMs)} virtual ms, agreement ${Math.round(healMs)} ms after the last fault`)
    return 0
  }
  await fail(plan, violation, isPlain)
  return 1
}

async function fail(plan: Plan, violation: Violation, isPlain: boolean): Promise<void> {
  say(
    `\nseed ${plan.seed}: invariant ${violation.invariant} broken at ${Math.round(violation.atMs)} ms: ${violation.message}`,
  )
  if (isPlain) return
  say('looking for a shorter history …')
  const found = await shrink(plan, violation, shrinkMaxMs)
  const file = join(tmpdir(), `lampfield-plan-${plan.seed}.json`)
  writeFileSync(file, JSON.stringify(found.plan, undefined, 1))
  say(`\nthe shortest of ${found.runs} histories tried:`)
  for (const line of describe(found.plan)) say(line)
  const { invariant, atMs, message } = found.violation
  say(`invariant ${invariant} broken at ${Math.round(atMs)} ms: ${message}`)
  say(JSON.stringify(found.plan))
  say(`rerun it: npm run simulate -- --plan ${file} --steps`)
}

interface Total {
  readonly seeds: number
  readonly virtualMs: number
  readonly healMs: number
  readonly parcels: number
  readonly writes: number
  readonly failed: number
}

function sum({ seeds, virtualMs, healMs, parcels, writes, failed }: Total, startMs: number): string {
  const seconds = (performance.now() - startMs) / 1000
  const { user, system } = process.cpuUsage()
  // Of the processor, too: on a busy machine the time on the wall says little.
  const cost = `${((user + system) / 1e6 / seeds).toFixed(2)} CPU seconds a seed`
  const speed = `${(seeds / seconds).toFixed(2)} seeds/s, ${cost}, ${(virtualMs / 3_600_000 / seconds).toFixed(4)} virtual hours/s`
  const work = `${writes} writes, ${(parcels / 1e6).toFixed(2)} million parcels`
  return `${seeds} seeds, ${failed} failed; ${speed}; ${work}; slowest agreement ${Math.round(healMs)} ms`
}

process.exitCode = await main()
