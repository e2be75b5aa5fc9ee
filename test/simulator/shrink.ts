import type { Plan, Step } from './plan.ts'
import { runPlan } from './run.ts'
import type { Violation } from './violation.ts'

export interface Shrunk {
  readonly plan: Plan
  readonly violation: Violation
  readonly runs: number
}

/** A shorter history is tried with so many seeds before it counts as one that holds. */
const lucksMax = 3

/**
 * The shortest history that still breaks the same invariant, as far as it is found in the given time: steps are left out, a half, then a
 * quarter and so on; then servers; then what lasts is made shorter. With fewer steps the network's chance falls differently, so each part
 * is tried with several seeds of it. A part that is not needed may still stay, but what is returned did fail.
 */
export async function shrink(plan: Plan, violation: Violation, limitMs: number): Promise<Shrunk> {
  const endMs = performance.now() + limitMs
  let best = { plan, violation }
  let runs = 0
  const fails = async (candidate: Plan): Promise<boolean> => {
    for (let luck = 0; luck < lucksMax && performance.now() < endMs; luck += 1) {
      runs += 1
      const tried = { ...candidate, seed: candidate.seed + luck * 1_000_003 }
      const found = (await runPlan(tried)).violation
      if (found === undefined || found.invariant !== best.violation.invariant) continue
      best = { plan: tried, violation: found }
      return true
    }
    return false
  }
  await fails({ ...plan, endMs: Math.min(plan.endMs, Math.ceil(violation.atMs) + 1) })
  for (let before = Infinity; sizeOf(best.plan) < before && performance.now() < endMs;) {
    before = sizeOf(best.plan)
    await dropSteps(() => best.plan, fails)
    await dropServers(() => best.plan, fails)
    await shorten(() => best.plan, fails)
  }
  return { ...best, runs }
}

type Fails = (candidate: Plan) => Promise<boolean>

const sizeOf = ({ steps, starts, endMs }: Plan): number => steps.length * 1e6 + starts.length * 1e5 + endMs / 1e4

async function dropSteps(plan: () => Plan, fails: Fails): Promise<void> {
  for (let size = Math.ceil(plan().steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < plan().steps.length;) {
      const steps = plan().steps.filter((_, place) => place < at || place >= at + size)
      if (!(await fails({ ...plan(), steps }))) at += size
    }
  }
}

/** The last server goes, or the steps move to the servers before it. */
async function dropServers(plan: () => Plan, fails: Fails): Promise<void> {
  for (let count = plan().starts.length - 1; count >= 1; count -= 1) {
    const starts = plan().starts.slice(0, count)
    const steps = plan().steps.filter((step) => placesOf(step).every((place) => place < count))
    const moved = plan().steps.map((step) =>
      'server' in step ? { ...step, server: (step.server ?? 0) % count } : step,
    )
    const isSame = steps.length === plan().steps.length
    if (!(await fails({ ...plan(), starts, steps })) && (isSame || !(await fails({ ...plan(), starts, steps: moved }))))
      return
  }
}

function placesOf(step: Step): number[] {
  if (step.kind === 'cut' || step.kind === 'flap') return [step.a, step.b]
  return 'server' in step && step.server !== undefined ? [step.server] : []
}

async function shorten(plan: () => Plan, fails: Fails): Promise<void> {
  for (const [at, step] of plan().steps.entries()) {
    if (!('forMs' in step) || step.forMs < 1000) continue
    const shorter: Step = { ...step, forMs: Math.round(step.forMs / 2) }
    await fails({ ...plan(), steps: plan().steps.map((other, place) => (place === at ? shorter : other)) })
  }
  const last = plan().steps.at(-1)
  if (last !== undefined) await fails({ ...plan(), endMs: Math.min(plan().endMs, last.atMs + 1000) })
}
