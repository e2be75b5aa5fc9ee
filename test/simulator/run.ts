import type { Actor } from './actor.ts'
import { Agenda } from './agenda.ts'
import { checkAgreement, checkBounds, checkCounters, checkDeaths, checkReads, difference, lostKey } from './checks.ts'
import type { Key } from './keys.ts'
import { Performer } from './performer.ts'
import { lineOf, type Plan } from './plan.ts'
import { calmMs, Stage } from './stage.ts'
import type { Violation } from './violation.ts'

/** What became of a plan. */
export interface Outcome {
  readonly violation: Violation | undefined
  /** Virtual time that passed. */
  readonly virtualMs: number
  /** From the last fault to agreement. */
  readonly healMs: number
  readonly parcels: number
  readonly writes: number
}

/** Deaths are looked for so often, and time goes on in steps of this. */
const lookEveryMs = 100

/** All that is wrong after everything healed has to be put right in this time, and stay so for `quietMs`. */
const healMaxMs = 20_000
const quietMs = 6000

/**
 * A node whose key and life another machine had shared gives up racing it after two lives, and goes on half a minute after it last
 * heard of it; silence of a machine that is gone is noticed some seconds before.
 */
const contestMaxMs = 60_000

/** In calm, a word is on all nodes after this: gossip takes milliseconds; where its message crossed a joining node, a pull follows. */
const wordMaxMs = 500

/** Members that a newcomer has no link with it knows from their next heartbeat on, and they it from its own, which a slow clock puts off a little. */
const newcomerHeartbeats = 1.1

/** Carries out one plan. `tell` hears each step as it happens, `passed` how far the virtual time and the traffic are, ten times a virtual second. */
export async function runPlan(
  plan: Plan,
  tell: (line: string) => void = () => {},
  passed: (nowMs: number, parcels: number) => void = () => {},
): Promise<Outcome> {
  const run = new Run(plan, tell, passed)
  await run.go()
  return run.outcome()
}

class Run {
  readonly #plan: Plan
  readonly #stage: Stage
  readonly #tell: (line: string) => void
  readonly #passed: (nowMs: number, parcels: number) => void
  readonly #agenda: Agenda
  readonly #performer: Performer
  #healMs = 0
  #looks = 0
  #checkedMs = 0

  constructor(plan: Plan, tell: (line: string) => void, passed: (nowMs: number, parcels: number) => void) {
    this.#plan = plan
    this.#tell = tell
    this.#passed = passed
    this.#stage = new Stage(plan)
    this.#agenda = new Agenda(() => this.#stage.now, plan.endMs)
    this.#performer = new Performer(this.#stage, this.#agenda)
  }

  async go(): Promise<void> {
    const onError = (error: unknown): void => {
      this.#stage.violate(10, `something was thrown: ${error instanceof Error ? error.stack : String(error)}`)
    }
    process.on('uncaughtException', onError)
    process.on('unhandledRejection', onError)
    try {
      this.#schedule()
      await this.#faults()
      if (this.#stage.violation === undefined) await this.#heal()
    } catch (error) {
      onError(error)
    } finally {
      process.off('uncaughtException', onError)
      process.off('unhandledRejection', onError)
    }
  }

  outcome(): Outcome {
    const { stage, healMs, writes } = { stage: this.#stage, healMs: this.#healMs, writes: this.#performer.writes }
    const { parcels } = stage.cluster.hub.traffic()
    return { violation: stage.violation, virtualMs: stage.now, healMs, parcels, writes }
  }

  #schedule(): void {
    const { starts, steps, multicastUntilMs } = this.#plan
    const stage = this.#stage
    if (multicastUntilMs !== undefined) this.#agenda.at(multicastUntilMs, () => stage.cluster.hub.multicast(false))
    for (const [place, { atMs }] of starts.entries()) {
      const actor = stage.actors[place]
      if (actor !== undefined) this.#agenda.at(atMs, () => stage.boot(actor))
    }
    for (const step of steps) {
      this.#agenda.at(step.atMs, async () => {
        this.#tell(lineOf(step))
        await this.#performer.perform(step)
      })
    }
  }

  async #faults(): Promise<void> {
    const stage = this.#stage
    while (stage.violation === undefined) {
      if (!(await this.#passUntil(this.#agenda.nextMs))) return
      const act = this.#agenda.take()
      if (act === undefined) return
      await act()
    }
  }

  /** False when something was violated on the way. */
  async #passUntil(atMs: number): Promise<boolean> {
    const stage = this.#stage
    while (stage.now < atMs && stage.violation === undefined) {
      const lookMs = (Math.floor(stage.now / lookEveryMs) + 1) * lookEveryMs
      await stage.cluster.pass(Math.min(atMs, lookMs) - stage.now)
      if (stage.now >= lookMs) this.#look()
    }
    return stage.violation === undefined
  }

  /** What is checked all the time. */
  #look(): void {
    const stage = this.#stage
    this.#passed(stage.now, stage.cluster.hub.traffic().parcels)
    checkDeaths(stage)
    this.#checkWords()
    this.#looks += 1
    const actor = stage.actors[this.#looks % stage.actors.length]
    if (this.#looks % 5 === 0 && actor?.isAwake === true) {
      checkReads(stage, actor)
      checkBounds(stage, actor)
    }
    if (this.#isCalmFor(calmMs) && stage.now - this.#checkedMs >= 2000) {
      this.#checkedMs = stage.now
      const recently = new Set(stage.words.map(({ actor, key }) => `${actor.entity} ${key.path}`))
      this.#checkAll((actor, key) => recently.has(`${actor.entity} ${key.path}`))
    }
  }

  #isCalmFor(ms: number): boolean {
    const stage = this.#stage
    const wasContested = stage.actors.some((actor) => actor.isContested)
    return !wasContested && stage.now - stage.ledger.calmSince() >= ms
  }

  #checkAll(skip?: (actor: Actor, key: Key) => boolean): void {
    for (const observer of this.#stage.actors) {
      if (!observer.isAwake) continue
      const fault = difference(this.#stage, observer, skip)
      if (fault !== undefined) return this.#stage.violate(1, `after ${calmMs} ms of calm, ${fault}`)
    }
  }

  /** In calm, what was said half a second ago is everywhere (invariant 8). */
  #checkWords(): void {
    const { words, actors, now, bounds } = this.#stage
    const newcomerMs = newcomerHeartbeats * bounds.heartbeatMs + wordMaxMs
    const isSettled = ({ state, startedMs }: Actor): boolean => state === 'running' && now >= startedMs + newcomerMs
    while ((words[0]?.atMs ?? Infinity) <= now - wordMaxMs) {
      const word = words.shift()
      if (word === undefined || !this.#isCalmFor(wordMaxMs + 10_000)) continue
      const { actor, key, atMs } = word
      const saying = actor.said.standing.get(key.path)
      if (!isSettled(actor) || words.some((later) => later.actor === actor && later.key === key)) continue
      for (const observer of actors) {
        if (!isSettled(observer)) continue
        const { entries } = observer.server.node.explain(key.channel, key.key)
        const entry = entries.find(({ entity }) => entity === actor.entity)
        if (entry?.sinceMs === saying?.sinceMs) continue
        const late = Math.round(now - atMs)
        const who = `${observer.server.name} does not know what ${actor.server.name} said of ${key.path}`
        return this.#stage.violate(8, `${who} ${late} ms ago, in calm`)
      }
    }
  }

  /** Everything ends and heals; then all must agree, and be quiet. */
  async #heal(): Promise<void> {
    const stage = this.#stage
    this.#agenda.endAll()
    stage.cluster.hub.heal()
    const startMs = stage.now
    this.#tell(`${String(startMs).padStart(7)} ms  all is healed`)
    const contests = stage.actors.filter(({ isContested }) => isContested)
    const limitMs = contests.length > 0 ? contestMaxMs : healMaxMs
    let fault: string | undefined
    for (;;) {
      fault = undefined
      for (const observer of stage.actors) {
        if (observer.isAwake) fault ??= difference(stage, observer) ?? lostKey(stage, observer)
      }
      if (fault === undefined || stage.now - startMs >= limitMs) break
      if (!(await this.#passUntil(stage.now + 250))) return
    }
    if (fault !== undefined) return stage.violate(1, `${limitMs} ms after everything healed, ${fault}`)
    this.#healMs = stage.now - startMs
    for (const actor of contests) this.#forgive(actor)
    // What was under way, such as the last comparison that a cut had broken off, ends first.
    if (!(await this.#passUntil(stage.now + 1000))) return
    await this.#quiet()
  }

  /** Once all agree, nothing is left to be fetched, written or said, but heartbeats. */
  async #quiet(): Promise<void> {
    const stage = this.#stage
    const running = stage.actors.filter(({ isAwake }) => isAwake)
    const busy = ['pulls', 'batches_published', 'messages_published', 'lives_taken'] as const
    const before = running.map(({ server }) => server.node.stats())
    const agreement = checkAgreement(stage, running[stage.actors.length % running.length])
    if (!(await this.#passUntil(stage.now + quietMs))) return
    agreement()
    for (const [at, actor] of running.entries()) {
      const fault = difference(stage, actor)
      if (fault !== undefined) return stage.violate(1, `after all had agreed, ${fault}`)
      checkReads(stage, actor)
      checkBounds(stage, actor)
      checkCounters(stage, actor)
      const after = actor.server.node.stats()
      const wasBusy = busy.find((name) => (after[name] ?? 0) !== (before[at]?.[name] ?? 0))
      if (wasBusy !== undefined) stage.violate(7, `${actor.server.name} goes on with ${wasBusy} though all agree`)
      if ((after['changes_pending'] ?? 0) > 0) stage.violate(7, `${actor.server.name} holds changes back`)
    }
  }

  #forgive(actor: Actor): void {
    actor.isContested = false
    for (const observer of this.#stage.actors) observer.watch?.forgive(actor)
  }
}
