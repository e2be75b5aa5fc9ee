import { defaultMembershipConfig, detectionBoundMs } from '../../src/membership/config.ts'
import type { Actor } from './actor.ts'
import type { Ledger } from './ledger.ts'

const config = defaultMembershipConfig

/**
 * What the cluster's size and clocks make of the numbers in the configuration. Heartbeats slow down in a large cluster, and a clock
 * that is slow makes every time that its node measures longer.
 */
export interface Scale {
  readonly nodes: number
  /** Up to so many nodes are all linked to one another: the keeper's `fullMeshMax`. */
  readonly fullMesh: number
  /** The slowest clock, as seconds per true second. */
  readonly slowest: number
}

/** On its way through a fair network and a queue or two, in milliseconds. */
const deliveryMs = 50

/** Up to so many neighbours pass on everything; of more, each node chooses some. As the memory network's default. */
const meshDegree = 4

/**
 * A wire that broke may be noticed this long after the trouble is over: five seconds until an end gives it up, then the time to find one
 * another again (a dial of 1.5 s that met silence, the next one 1.9 s later) and one heartbeat to be heard.
 */
const recoveryMs = 12_000

/** Members that are down or left count nowhere later than this (invariant 5), and nobody else is ever down (invariant 9). */
export class Bounds {
  readonly #ledger: Ledger
  readonly #now: () => number
  readonly #actors: readonly Actor[]
  readonly #scale: Scale

  constructor(ledger: Ledger, now: () => number, actors: readonly Actor[], scale: Scale) {
    this.#ledger = ledger
    this.#now = now
    this.#actors = actors
    this.#scale = scale
  }

  /** Whether all are linked with all. */
  get isFullMesh(): boolean {
    return this.#scale.nodes <= this.#scale.fullMesh
  }

  /** Each node's heartbeat period. */
  get heartbeatMs(): number {
    return Math.max(config.heartbeatMs, 10 * this.#scale.nodes)
  }

  /**
   * For how long `observer` may still count `member`, which has been gone since `sinceMs`: below 0 it is too late. In milliseconds of the
   * observer's own waking time, for while it is stopped it can judge nothing. Infinity while nothing can be promised.
   */
  leftMs(observer: Actor, member: Actor, sinceMs: number): number {
    if (!observer.isAwake) return Infinity
    const ledger = this.#ledger
    const [a, b] = [observer.place, member.place]
    // After an own stall the observer distrusts itself, by up to `awarenessMax`.
    const awareness = ledger.spellsSince(a, sinceMs - 15_000, 'paused').length > 0 ? config.awarenessMax : 0
    // A clone with the observer's key is the observer for others, and what they tell it goes to either.
    const isItself = ledger.spellsSince(a, sinceMs - 6_000, 'contested').length === 0
    const hearsAll = isItself && this.isFullMesh && ledger.isClear(a, b, sinceMs - 6_000)
    // Else a word of it may have been held on any path, or in any stopped process, and be passed on from there.
    const calmMs = hearsAll ? 0 : this.#othersCalmSinceMs(observer) + 1000
    const fromMs = Math.max(sinceMs, observer.startedMs, calmMs)
    const boundMs =
      hearsAll && !member.isPaused ? this.#endedMs(observer, member, awareness) : this.#silenceMs(awareness)
    const wholeMs = boundMs + this.#renewedMs(observer, fromMs)
    return fromMs + wholeMs / this.#scale.slowest + ledger.pausedMsSince(a, fromMs) - this.#now()
  }

  /**
   * Whether `observer` was right to take `member` for down: somebody harmed it, or kept its words from the observer. The time looked at
   * goes back before the observer's own stops, for being stopped excuses nothing.
   */
  isDeathExcused(observer: Actor, member: Actor): boolean {
    const ledger = this.#ledger
    const sinceMs = ledger.awakeSince(observer.place, recoveryMs)
    if (member.state !== 'running') return true
    const harms = [member, observer].flatMap(({ place }) => ledger.spellsSince(place, sinceMs, 'contested'))
    if (harms.length > 0 || ledger.spellsSince(member.place, sinceMs, 'down').length > 0) return true
    // A stop of a second makes two heartbeats two seconds apart, and three may be missed.
    if (ledger.pausedMsSince(member.place, sinceMs) > 1000) return true
    const troubles = ledger.troublesSince(sinceMs)
    if (!this.isFullMesh && troubles.some(({ kind }) => kind === 'blocked')) return true
    if (this.#isClear(observer, member, sinceMs)) return false
    return this.#wasStoppedAtTheEndOfItsLink(member) || !this.#isPassedOn(observer, member, sinceMs)
  }

  /**
   * Who was stopped for nearly all the time that the end of a link leaves to contradict, cannot be told from who ended with it. Awake for
   * longer than its word takes to the observer, through somebody else, it is to be believed.
   */
  #wasStoppedAtTheEndOfItsLink(member: Actor): boolean {
    const givenMs = config.closedSuspicionMs / this.#scale.slowest
    return this.#ledger.pausedMsSince(member.place, this.#now() - givenMs) > givenMs - 2 * deliveryMs
  }

  /** The observer's own stops hold nothing back but what it counts for itself. */
  #othersCalmSinceMs(observer: Actor): number {
    return this.#ledger.calmSince(({ kind }, server) => kind !== 'paused' || server !== observer.place)
  }

  #isClear(a: Actor, b: Actor, sinceMs: number): boolean {
    return this.#ledger.isClear(a.place, b.place, sinceMs, ['slow'])
  }

  /** Others, whom nobody harmed either, hear both and pass on what they hear: all of it where everybody is in everybody's mesh. */
  #isPassedOn(observer: Actor, member: Actor, sinceMs: number): boolean {
    const ledger = this.#ledger
    const isWell = ({ place }: Actor): boolean => {
      const kinds = ['down', 'paused', 'contested'] as const
      return kinds.every((kind) => ledger.spellsSince(place, sinceMs, kind).length === 0)
    }
    const others = this.#actors.filter((other) => other !== observer && other !== member && isWell(other))
    const between = others.filter((other) => {
      return this.#isClear(observer, other, sinceMs) && this.#isClear(other, member, sinceMs)
    })
    return between.length >= (this.#actors.length <= meshDegree + 1 ? 1 : this.#actors.length / 2)
  }

  /** A stop of the observer that meets a suspicion begins it anew, twice at the most: what had passed of it is lost. */
  #renewedMs({ place }: Actor, sinceMs: number): number {
    const stops = this.#ledger.spellsSince(place, sinceMs, 'paused').length
    if (stops === 0) return 0
    const wasAware = this.#ledger.spellsSince(place, sinceMs - 15_000, 'paused').length > stops
    const awarenesses = [wasAware ? config.awarenessMax : 0, config.awarenessMax].slice(0, stops)
    return awarenesses.reduce((sum, awareness) => sum + config.suspicionMs * (1 + awareness), 0)
  }

  /** From the last heartbeat to down. */
  #silenceMs(awareness: number): number {
    return detectionBoundMs(config, this.heartbeatMs, awareness) + deliveryMs
  }

  #endedMs(observer: Actor, member: Actor, awareness: number): number {
    const { closedSuspicionMs, tickMs } = config
    const hadLink = Math.max(observer.startedMs, member.startedMs) < member.endedMs - 10_000
    const wasNoticed =
      hadLink && member.end !== 'power' && this.#ledger.troublesSince(member.endedMs - 6000).length === 0
    // For a while after an own stall, others' having hung up tells no more than their silence.
    if (!wasNoticed || awareness > 0) return this.#silenceMs(awareness)
    if (member.end === 'left') return 100 + deliveryMs
    return closedSuspicionMs + 3 * tickMs + deliveryMs
  }
}
