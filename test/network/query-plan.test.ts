import { describe, expect, it } from 'vitest'
import { QueryPlan } from '../../src/network/query-plan.ts'
import { seededRandom } from '../../src/runtime/random.ts'

/** How many questions one node asks in `forMs` when only it asks, `peers` answer each, and nothing is lost. */
function questions(peers: number, forMs: number): number {
  const plan = new QueryPlan(seededRandom(1))
  let count = 0
  for (let now = plan.nextMs(0); now < forMs; now = plan.nextMs(now)) {
    count += 1
    plan.asked(now)
    for (let peer = 0; peer < peers; peer += 1) plan.answered(`p${peer}`, now)
  }
  return count
}

describe('QueryPlan', () => {
  it('asks at once, then about each second while few answer, and the rarer the more answer', () => {
    expect(new QueryPlan(seededRandom(1)).nextMs(77)).toBe(77)
    expect(questions(3, 60_000)).toBeGreaterThan(45)
    expect(questions(3, 60_000)).toBeLessThanOrEqual(60)
    expect(questions(200, 600_000)).toBeLessThan(31)
  })

  it('leaves it at the question of another', () => {
    const plan = new QueryPlan(seededRandom(1))
    for (let now = 0; now < 10_000; now += 900) {
      plan.asked(now)
      expect(plan.nextMs(now)).toBeGreaterThanOrEqual(now + 1000)
    }
  })

  it('asks soon after a loss, even among many, and then hurries for a while', () => {
    const plan = new QueryPlan(seededRandom(1))
    for (let peer = 0; peer < 100; peer += 1) plan.answered(`p${peer}`, 0)
    plan.asked(0)
    expect(plan.nextMs(1)).toBeGreaterThan(9000)
    plan.hurry(1000)
    expect(plan.nextMs(1000)).toBe(1250)
    plan.asked(1250)
    expect(plan.nextMs(1250)).toBeLessThan(1250 + 4000)
    plan.asked(20_000)
    expect(plan.nextMs(20_000)).toBeGreaterThanOrEqual(30_000)
  })

  it('counts a peer no more that has long been silent, and a bounded number of them', () => {
    const plan = new QueryPlan(seededRandom(1))
    for (let peer = 0; peer < 100_000; peer += 1) plan.answered(`p${peer}`, 0)
    plan.asked(0)
    expect(plan.nextMs(0)).toBeLessThan(130_000)
    plan.answered('p1', 500_000)
    plan.asked(500_000)
    expect(plan.nextMs(500_000)).toBeLessThan(502_000)
  })
})
