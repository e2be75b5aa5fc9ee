import type { Cancel, Clock } from '../runtime/clock.ts'
import type { DocumentId } from '../state/document-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Version } from '../state/version.ts'

/** What somebody told of: that there is this version of a document. */
export interface Word {
  readonly document: DocumentId
  readonly version: Version
}

export interface DoubtsParts {
  readonly clock: Clock
  /** Whether a word must be taken for false, by all that is known now. */
  readonly isFalse: (word: Word) => boolean
  readonly toldFalsely: (peer: PeerId) => void
}

/**
 * A peer that does not have what it told of may have heard of a new life in between, and let go of the earlier one. Of that this node hears in some milliseconds, or,
 * where gossip was lost, at the next heartbeat: until then nobody is blamed.
 */
const judgedAfterMs = 1500

/** More words of one peer are not kept in mind: whoever lies that much is blamed for those that are. */
const wordsMax = 4096

/** What peers told of and, when asked for it, did not have: judged a little later. */
export class Doubts {
  readonly #parts: DoubtsParts
  /** How many words of each peer are in doubt. */
  readonly #counts = new Map<PeerId, number>()
  readonly #cancels = new Set<Cancel>()

  constructor(parts: DoubtsParts) {
    this.#parts = parts
  }

  add(peer: PeerId, words: readonly Word[]): void {
    const room = wordsMax - this.#countOf(peer)
    const doubted = words.slice(0, room)
    if (doubted.length === 0) return
    this.#counts.set(peer, this.#countOf(peer) + doubted.length)
    const cancel = this.#parts.clock.after(judgedAfterMs, () => {
      this.#cancels.delete(cancel)
      this.#judge(peer, doubted)
    })
    this.#cancels.add(cancel)
  }

  stop(): void {
    for (const cancel of this.#cancels) cancel()
    this.#cancels.clear()
    this.#counts.clear()
  }

  #judge(peer: PeerId, words: readonly Word[]): void {
    const { isFalse, toldFalsely } = this.#parts
    const left = this.#countOf(peer) - words.length
    if (left > 0) this.#counts.set(peer, left)
    else this.#counts.delete(peer)
    for (const word of words) if (isFalse(word)) toldFalsely(peer)
  }

  #countOf(peer: PeerId): number {
    return this.#counts.get(peer) ?? 0
  }
}
