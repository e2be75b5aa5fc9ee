/** What is wrong on paths between servers for a while. */
export interface Trouble {
  /** `blocked`: nothing passes one way at least. `loss`: gossip is lost. `slow`: it comes late, twice or in another order. */
  readonly kind: 'blocked' | 'loss' | 'slow'
  /** Of a partition: all paths between islands, so that who is on which is known. */
  readonly islandOf?: (server: number) => number
  readonly hits: (a: number, b: number) => boolean
  readonly fromMs: number
  /** Infinity while it lasts. */
  toMs: number
}

/** What befell one server for a while. */
export interface Spell {
  /** `down`: no process runs. `paused`: it is stopped. `contested`: another machine has its entity ID. */
  readonly kind: 'down' | 'paused' | 'contested'
  readonly fromMs: number
  toMs: number
}

/** Troubles and spells that ended longer ago than any bound reaches are forgotten. */
const rememberMs = 300_000

/**
 * Who was harmed when, and which paths were: kept apart from the nodes, so that whether a verdict of theirs was right does not depend on
 * what they believed.
 */
export class Ledger {
  readonly #now: () => number
  #troubles: Trouble[] = []
  readonly #spells = new Map<number, Spell[]>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Trouble begins; the function returned ends it. */
  trouble(kind: Trouble['kind'], hits: Trouble['hits'], islandOf?: Trouble['islandOf']): () => void {
    const fromMs = this.#now()
    const trouble: Trouble = { kind, hits, fromMs, toMs: Infinity, ...(islandOf === undefined ? {} : { islandOf }) }
    this.#troubles = this.#troubles.filter(({ toMs }) => toMs > fromMs - rememberMs)
    this.#troubles.push(trouble)
    return () => {
      trouble.toMs = Math.min(trouble.toMs, this.#now())
    }
  }

  spell(server: number, kind: Spell['kind']): () => void {
    const spell: Spell = { kind, fromMs: this.#now(), toMs: Infinity }
    const spells = this.#spells.get(server) ?? []
    this.#spells.set(server, [...spells.filter(({ toMs }) => toMs > spell.fromMs - rememberMs), spell])
    return () => {
      spell.toMs = Math.min(spell.toMs, this.#now())
    }
  }

  /** The troubles that reached into the time since then. */
  troublesSince(sinceMs: number): Trouble[] {
    return this.#troubles.filter(({ toMs }) => toMs > sinceMs)
  }

  spellsSince(server: number, sinceMs: number, kind: Spell['kind']): Spell[] {
    return (this.#spells.get(server) ?? []).filter((spell) => spell.kind === kind && spell.toMs > sinceMs)
  }

  /** Milliseconds since then in which the server was stopped. */
  pausedMsSince(server: number, sinceMs: number): number {
    const now = this.#now()
    return this.spellsSince(server, sinceMs, 'paused').reduce((sum, { fromMs, toMs }) => {
      return sum + Math.min(now, toMs) - Math.max(sinceMs, fromMs)
    }, 0)
  }

  /** The time since which the server was awake for `awakeMs`, its stops not counted. */
  awakeSince(server: number, awakeMs: number): number {
    let sinceMs = this.#now()
    let leftMs = awakeMs
    for (const { fromMs, toMs } of this.spellsSince(server, -Infinity, 'paused').toReversed()) {
      const awakeBefore = Math.max(0, sinceMs - toMs)
      if (awakeBefore >= leftMs) break
      leftMs -= awakeBefore
      sinceMs = fromMs
    }
    return sinceMs - leftMs
  }

  /** Whether nothing was wrong on the path since then, but what `allowed` allows. */
  isClear(a: number, b: number, sinceMs: number, allowed: readonly Trouble['kind'][] = []): boolean {
    return !this.troublesSince(sinceMs).some((trouble) => !allowed.includes(trouble.kind) && trouble.hits(a, b))
  }

  /**
   * When the last trouble and the last spell that matters ended, wherever; Infinity while one lasts. To be down is calm, to go down or come
   * up is not.
   */
  calmSince(matters: (spell: Spell, server: number) => boolean = () => true): number {
    let sinceMs = 0
    for (const { toMs } of this.#troubles) sinceMs = Math.max(sinceMs, toMs)
    for (const [server, spells] of this.#spells) {
      for (const spell of spells) {
        const { kind, fromMs, toMs } = spell
        const isDown = kind === 'down' && toMs === Infinity
        if (matters(spell, server)) sinceMs = Math.max(sinceMs, isDown ? fromMs : toMs)
      }
    }
    return sinceMs
  }
}
