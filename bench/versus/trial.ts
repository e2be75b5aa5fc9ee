import { verify } from '../verification.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import { pause } from '../worker/pace.ts'
import { digestOf, keyOf, valueOf, valuesOf, type Block } from '../worker/workload.ts'
import type { Finding, Plan } from './finding.ts'
import type { Cluster, Handle, Peer } from './peer.ts'

const names = ['p1', 'p2', 'p3'] as const

/** The last participant is the one that is cut off and killed. */
const victim = names.length

/** One round of one product, from its start to its end. Throws where the result is wrong or it does not come up. */
export async function trial(peer: Peer, plan: Plan): Promise<Finding> {
  const cluster = await peer.open()
  try {
    const one = new Trial(peer, plan, cluster)
    await one.ready()
    const changes = await one.changes()
    const storm = await one.storm()
    const { participants: participantBytes, daemons: daemonBytes } = cluster.memory()
    const heal = await one.heal()
    const deathMs = await one.death()
    return { ...changes, ...storm, participantBytes, daemonBytes, ...heal, deathMs }
  } finally {
    await cluster.close()
  }
}

class Trial {
  readonly #peer: Peer
  readonly #plan: Plan
  readonly #cluster: Cluster
  /** What has been written and has arrived everywhere. */
  readonly #held = new Map<string, string>()
  #hasLost = false

  constructor(peer: Peer, plan: Plan, cluster: Cluster) {
    this.#peer = peer
    this.#plan = plan
    this.#cluster = cluster
  }

  get #all(): readonly Handle[] {
    return this.#cluster.participants
  }

  /** Until everybody hears everybody: each repeats a word until all have it, because some products forget what nobody hears yet. */
  async ready(): Promise<void> {
    const endMs = monotonicMs() + this.#plan.readyMs
    for (let lap = 0; ; lap += 1) {
      const blocks = names.map((name) => ({ prefix: `ready.${name}`, keys: 1, lap }))
      await Promise.all(this.#all.map((participant, at) => participant.ask('flood', blockAt(blocks, at))))
      const seen = await this.#holding(blocks, 1000)
      if (seen.missing === 0) {
        this.#keep(blocks)
        break
      }
      if (monotonicMs() > endMs)
        throw new Error(`not ready after ${this.#plan.readyMs} ms: somebody does not hear somebody`)
    }
    const rest = Math.max(1000, endMs - monotonicMs())
    if (!(await this.#areKnown(rest))) throw new Error(`not everybody counts everybody after ${this.#plan.readyMs} ms`)
  }

  /** One change after another, each when the one before has come everywhere. */
  async changes(): Promise<Pick<Finding, 'changeMs' | 'changesLost' | 'bytesPerChange'>> {
    const [writer, ...others] = this.#all
    if (writer === undefined) throw new Error('there is no writer')
    const { changes, gapMs, changeLimitMs: limitMs } = this.#plan
    const warmUp = Math.ceil(changes / 5)
    const changeMs: number[] = []
    let [changesLost, before] = [0, this.#cluster.bytes()]
    for (let index = -warmUp; index < changes; index += 1) {
      if (index === 0) before = this.#cluster.bytes()
      const at = index + warmUp
      const [key, value] = [keyOf('one', at % 10), valueOf(Math.floor(at / 10))]
      const arrivals = Promise.all(others.map((other) => other.ask('sees', { key, value, limitMs })))
      const beginMs = await writer.ask('write', { key, value })
      const times = (await arrivals).filter((time) => time !== null)
      this.#held.set(key, value)
      if (times.length < others.length) this.#hasLost = true
      if (index >= 0 && times.length === others.length) changeMs.push(Math.max(...times) - beginMs)
      else if (index >= 0) changesLost += 1
      await pause(gapMs * spreadOf(at))
    }
    return { changeMs, changesLost, bytesPerChange: (this.#cluster.bytes() - before) / changes }
  }

  /** Everybody writes at once, after a warm-up of a third as much. */
  async storm(): Promise<Pick<Finding, 'storm' | 'stormPerSecond' | 'stormLost' | 'bytesPerChangeInStorm'>> {
    const keys = Math.max(1, Math.round(this.#peer.storm / this.#plan.stormShare / names.length))
    await this.#flooded('warm', Math.ceil(keys / 3))
    const before = this.#cluster.bytes()
    const { ms, missing } = await this.#flooded('storm', keys)
    const storm = keys * names.length
    return {
      storm,
      stormPerSecond: ms === null ? null : storm / (ms / 1000),
      stormLost: missing,
      bytesPerChangeInStorm: (this.#cluster.bytes() - before) / storm,
    }
  }

  /** A participant is cut off with everybody's knowledge of it, both sides write, and the link comes back. */
  async heal(): Promise<Pick<Finding, 'silenceMs' | 'healMs' | 'healLost'>> {
    const cluster = this.#cluster
    const { cutMs, changesInCut, healLimitMs, skip } = this.#plan
    if (skip.heal) return { silenceMs: undefined, healMs: undefined, healLost: 0 }
    const gone = this.#othersMiss(cutMs)
    const cutAtMs = monotonicMs()
    cluster.cut(victim)
    const blocks = [1, victim].map((number) => ({ prefix: `cut.p${number}`, keys: changesInCut, lap: 1 }))
    let goneMs: number | null | undefined
    let mendAtMs: number
    try {
      await pause(cutMs / 2)
      // Whoever waits for an answer from the other side gets it after the cut. A write that is refused is one that the others lack, and is
      // counted so.
      const sides = [0, victim - 1].map((at, side) => participantAt(this.#all, at).ask('flood', blockAt(blocks, side)))
      void Promise.allSettled(sides)
      goneMs = await gone
      await pause(cutMs - (monotonicMs() - cutAtMs))
    } finally {
      mendAtMs = monotonicMs()
      cluster.mend()
    }
    const { atMs, missing } = await this.#holding(blocks, healLimitMs)
    if (missing === 0) {
      this.#keep(blocks)
      await this.#verify()
    } else this.#hasLost = true
    return {
      silenceMs: goneMs === null || goneMs === undefined ? goneMs : goneMs - cutAtMs,
      healMs: missing === 0 ? Math.max(0, (atMs ?? mendAtMs) - mendAtMs) : null,
      healLost: missing,
    }
  }

  /** Until both others know that a participant was killed, if they ever do. */
  async death(): Promise<number | null | undefined> {
    const { deathLimitMs, readyMs, skip } = this.#plan
    if (this.#peer.presence === undefined || skip.death) return undefined
    // Who has been cut off may not be counted again yet; who is not counted cannot be missed.
    if (!(await this.#areKnown(readyMs))) return undefined
    const gone = this.#othersMiss(deathLimitMs)
    const atMs = monotonicMs()
    this.#cluster.kill(victim)
    const goneMs = await gone
    return goneMs === null || goneMs === undefined ? goneMs : goneMs - atMs
  }

  async #flooded(prefix: string, keys: number): Promise<{ ms: number | null; missing: number }> {
    const blocks = names.map((name) => ({ prefix: `${prefix}.${name}`, keys, lap: 1 }))
    const held = this.#holding(blocks, this.#plan.stormLimitMs)
    const begun = Promise.all(this.#all.map((participant, at) => participant.ask('flood', blockAt(blocks, at))))
    const [{ atMs, missing }, beginMs] = await Promise.all([held, begun])
    if (atMs !== null) {
      this.#keep(blocks)
      await this.#verify()
    } else this.#hasLost = true
    return { ms: atMs === null ? null : atMs - Math.min(...beginMs), missing }
  }

  /** The time at which the last one held all, and how many keys are lacking in all of them together. */
  async #holding(blocks: readonly Block[], limitMs: number): Promise<{ atMs: number | null; missing: number }> {
    const held = await Promise.all(this.#all.map((participant) => participant.ask('holds', { blocks, limitMs })))
    const times = held.flatMap(({ atMs }) => (atMs === null ? [] : [atMs]))
    return {
      atMs: times.length === held.length ? Math.max(...times) : null,
      missing: held.reduce((sum, { missing }) => sum + missing, 0),
    }
  }

  /** The time at which the last of the others knew that the victim was gone; undefined where the product knows no such thing. */
  async #othersMiss(limitMs: number): Promise<number | null | undefined> {
    if (this.#peer.presence === undefined) return undefined
    const others = this.#all.filter((_, at) => at !== victim - 1)
    const name = `p${victim}`
    const times = await Promise.all(others.map((other) => other.ask('gone', { name, limitMs })))
    const known = times.filter((time) => time !== null)
    return known.length === times.length ? Math.max(...known) : null
  }

  async #areKnown(limitMs: number): Promise<boolean> {
    if (this.#peer.presence === undefined) return true
    const answers = await Promise.all(
      this.#all.map((participant, at) =>
        participant.ask('knows', { names: names.filter((_, other) => other !== at), limitMs }),
      ),
    )
    return answers.every((isKnown) => isKnown)
  }

  #keep(blocks: readonly Block[]): void {
    for (const [key, value] of valuesOf(blocks)) this.#held.set(key, value)
  }

  /** Everybody must hold exactly what was written, unless something was lost on the way before, which is told as such. */
  async #verify(): Promise<void> {
    if (this.#hasLost) return
    const digest = digestOf(this.#held)
    for (const [at, participant] of this.#all.entries()) {
      const shown = await participant.ask('shown', undefined)
      const isSame = shown.keys === this.#held.size && shown.digest === digest
      verify(
        isSame,
        `${this.#peer.name}: p${at + 1} holds ${shown.keys} keys, ${this.#held.size} were written, or other values`,
      )
    }
  }
}

/** As in `paced`: evenly spread from half to one and a half, the same in every run. */
const spreadOf = (index: number): number => 0.5 + ((index * 0.618_033_988_75) % 1)

function blockAt(blocks: readonly Block[], at: number): Block {
  const block = blocks[at]
  if (block === undefined) throw new Error(`there is no block ${at}`)
  return block
}

function participantAt(all: readonly Handle[], at: number): Handle {
  const participant = all[at]
  if (participant === undefined) throw new Error(`there is no participant ${at}`)
  return participant
}
