import { describe, expect, test } from 'vitest'
import { makePlan, type PlanSize } from './plan-maker.ts'
import { describe as linesOf, type Plan } from './plan.ts'
import { regressions } from './regressions.ts'
import { runPlan } from './run.ts'

/** Seeds for each size: together some 75 seconds on two cores. */
const sizes = [
  { nodes: 3, first: 1, seeds: 25 },
  { nodes: 4, first: 1001, seeds: 20 },
  { nodes: 6, first: 2001, seeds: 12 },
  { nodes: 9, first: 3001, seeds: 5 },
  { nodes: 12, first: 4001, seeds: 3 },
] as const

const minutes = 0.7

/** The plan of a seed holds; else the failure tells how to rerun it. */
async function expectHolds(seed: number, size: PlanSize): Promise<void> {
  const plan = makePlan(seed, size)
  const { violation } = await runPlan(plan)
  if (violation === undefined) return
  const { nodes, multicast, fullMeshMax } = size
  const options = [
    multicast === false ? ' --no-multicast' : '',
    fullMeshMax === undefined ? '' : ` --full-mesh ${fullMeshMax}`,
  ]
  const rerun = `npm run simulate -- --seed ${seed} --nodes ${nodes} --minutes ${size.minutes}${options.join('')}`
  const where = `invariant ${violation.invariant} at ${Math.round(violation.atMs)} ms`
  expect.fail(`seed ${seed}, ${where}: ${violation.message}\n${rerun}`)
}

describe('whole nodes under seeded faults (invariants 1 to 10)', () => {
  for (const { nodes, first, seeds } of sizes) {
    test(`${seeds} plans for ${nodes} servers`, { timeout: 120_000 }, async () => {
      for (let seed = first; seed < first + seeds; seed += 1) {
        await expectHolds(seed, { nodes, minutes })
      }
    })
  }

  test('8 plans for 5 servers that hear no multicast once they have met', { timeout: 120_000 }, async () => {
    for (let seed = 5001; seed < 5009; seed += 1) {
      await expectHolds(seed, { nodes: 5, minutes, multicast: false })
    }
  })

  test('6 plans for 10 servers with few links, where gossip takes routes', { timeout: 120_000 }, async () => {
    for (let seed = 6001; seed < 6007; seed += 1) await expectHolds(seed, { nodes: 10, minutes, fullMeshMax: 3 })
  })

  test('a plan repeats exactly', { timeout: 60_000 }, async () => {
    const plan = makePlan(77, { nodes: 5, minutes })
    expect(linesOf(makePlan(77, { nodes: 5, minutes }))).toEqual(linesOf(plan))
    const outcomes = [await runPlan(plan), await runPlan(JSON.parse(JSON.stringify(plan)) as Plan)]
    expect(outcomes[0]?.parcels).toBeGreaterThan(0)
    expect(outcomes[1]).toEqual(outcomes[0])
  })
})

describe('what once failed', () => {
  for (const { why, plan } of regressions) {
    test(why, { timeout: 60_000 }, async () => {
      const { violation } = await runPlan(plan)
      expect(violation?.message).toBeUndefined()
    })
  }
})
