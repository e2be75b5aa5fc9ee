import type { Random } from '../runtime/random.ts'

/** Between two questions while few peers answer. */
const askEveryMs = 1000

/** Each answering peer makes that longer: so a node hears some ten answers a second, which cost it less than 1 % of a core. */
const perPeerMs = 100
const perPeerHurriedMs = 30

/** How long a node hurries after its start and after the loss of a peer. */
const hurryMs = 15_000

/** The first question after a loss; not at once, because what took the peer away often takes more. */
const hurryDelayMs = 250

/** A peer that has not answered for so long is not counted. */
const answerAgeMaxMs = 120_000

/** Peers counted at most: beyond, the pace does not change any more. */
const peersMax = 1024

/** When to ask the local network for peers. A question of anybody counts for all, as all hear all answers. */
export class QueryPlan {
  readonly #random: Random
  readonly #answers = new Map<string, number>()
  #askedMs = -Infinity
  #hurriedMs = -Infinity
  #spread = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** Somebody asked. */
  asked(now: number): void {
    this.#askedMs = now
    // The random share lets one node of many be the first, and the others leave it at that.
    this.#spread = this.#random.fraction()
  }

  answered(peer: string, now: number): void {
    this.#answers.delete(peer)
    this.#answers.set(peer, now)
    for (const [oldest, atMs] of this.#answers) {
      if (now - atMs < answerAgeMaxMs && this.#answers.size <= peersMax) break
      this.#answers.delete(oldest)
    }
  }

  hurry(now: number): void {
    this.#hurriedMs = now
  }

  /** When to ask next, unless somebody asks before. Never in the past. */
  nextMs(now: number): number {
    const isHurried = now - this.#hurriedMs < hurryMs
    const everyMs = Math.max(askEveryMs, this.#answers.size * (isHurried ? perPeerHurriedMs : perPeerMs))
    const dueMs = this.#askedMs + everyMs * (1 + 0.25 * this.#spread)
    // After a loss the last question is no longer the latest news.
    const isUnasked = isHurried && this.#askedMs < this.#hurriedMs
    return Math.max(now, isUnasked ? Math.min(dueMs, this.#hurriedMs + hurryDelayMs) : dueMs)
  }
}
