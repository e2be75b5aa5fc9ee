import type { Node } from '../../src/node/node.ts'
import type { AlarmEvent, EntryEvent, MemberEvent } from '../../src/node/events.ts'
import type { MemberStanding } from '../../src/node/views.ts'
import type { Actor } from './actor.ts'
import { textOf } from './keys.ts'

/** What a watch asks and tells the run it belongs to. */
export interface Judge {
  actorOf(entity: string): Actor | undefined
  /** An observer takes a member for down. */
  declaredDown(observer: Actor, member: Actor): void
  violate(invariant: number, sentence: string): void
}

/** Listens to one run of one node and judges each event by itself, as it comes. */
export class Watch {
  readonly statuses: Map<string, MemberStanding> = new Map()
  readonly #observer: Actor
  readonly #judge: Judge
  readonly #node: Node
  /** How far in the history of each entity's key this node has come. */
  readonly #places = new Map<string, number>()
  /** The earliest run of each entity that may still be shown here. */
  readonly #floors = new Map<string, number>()
  readonly #runs = new Map<string, number>()
  isOver = false

  constructor(observer: Actor, node: Node, judge: Judge) {
    this.#observer = observer
    this.#judge = judge
    this.#node = node
    node.addEventListener('entry', ({ detail }) => this.#entry(detail))
    node.addEventListener('member', ({ detail }) => this.#member(detail))
    node.addEventListener('alarm', ({ detail }) => this.#alarm(detail))
  }

  counts(entity: string): boolean {
    const status = this.statuses.get(entity)
    return status === 'alive' || status === 'suspect'
  }

  /** The run of an entity that this node knows of. */
  runOf(entity: string): number {
    return this.#runs.get(entity) ?? 0
  }

  /** Who contested the entity is gone: what it said may be anywhere, so the walk through the history begins anew. */
  forgive({ entity, said }: Actor): void {
    for (const place of this.#places.keys()) if (place.startsWith(entity)) this.#places.delete(place)
    this.#floors.delete(entity)
    this.#runs.set(entity, said.run)
  }

  /**
   * An observer walks through what an entity said of a key: it may skip words, but never turns back, nor shows what was not said
   * (invariants 3, 4 and 6).
   */
  #entry({ entity, channel, key, after }: EntryEvent): void {
    if (this.isOver || entity === this.#observer.entity) return
    const actor = this.#judge.actorOf(entity)
    const path = `${channel} ${key}`
    const what = `${this.#observer.server.name} shows ${path} of ${actor?.server.name ?? entity}`
    if (actor === undefined) return this.#judge.violate(6, `${what}, and no such entity exists`)
    if (actor.isContested) return
    const text = textOf(after)
    const history = actor.said.history(path)
    const name = `${entity} ${path}`
    const from = this.#places.get(name) ?? 0
    const floor = this.#floors.get(entity) ?? 0
    // A removal is a word of its entity only while that is here; else its entries were dropped.
    const isDrop = text === undefined && !this.counts(entity)
    if (isDrop) return
    for (let at = from; at < history.length; at += 1) {
      const saying = history[at]
      if (saying === undefined || saying.run < floor || saying.text !== text) continue
      this.#places.set(name, at)
      return
    }
    if (text === undefined) return
    const words = history.slice(Math.max(0, from - 3)).map((saying) => `${saying.run}:${saying.text}`)
    const told = words.length > 12 ? [...words.slice(0, 12), '…'] : words
    this.#judge.violate(
      4,
      `${what} as ${text}, which is over or was never said; from where it stood (run ${floor} at least) it said ${told.join(', ')}`,
    )
  }

  #member({ entity, from, to, restarted }: MemberEvent): void {
    if (this.isOver) return
    this.statuses.set(entity, to)
    const actor = this.#judge.actorOf(entity)
    if (actor === undefined || actor.isContested) return
    if (from === undefined) this.#runs.set(entity, actor.said.run)
    if (restarted) this.#restarted(actor)
    // That an earlier run is over is no death of this one.
    if (to === 'down' && this.runOf(entity) === actor.said.run) this.#judge.declaredDown(this.#observer, actor)
  }

  #restarted(actor: Actor): void {
    const incarnation = this.#node.members().find(({ entity }) => entity === actor.entity)?.incarnation
    actor.noteLife()
    const run = incarnation === undefined ? undefined : actor.lives.get(incarnation)
    if (run !== undefined) {
      this.#floors.set(actor.entity, Math.max(run, this.#floors.get(actor.entity) ?? 0))
      this.#runs.set(actor.entity, Math.max(run, this.runOf(actor.entity)))
    } else if (!actor.wasContested) {
      const who = `${this.#observer.server.name} believes ${actor.server.name}`
      this.#judge.violate(4, `${who} to be in incarnation ${incarnation}, which it never began`)
    }
  }

  #alarm({ kind, entity, sentence, phase }: AlarmEvent): void {
    // That an alarm is over asks nothing of anybody.
    if (this.isOver || phase === 'over') return
    const actor = entity === undefined ? undefined : this.#judge.actorOf(entity)
    const isExpected =
      (kind === 'cloned-entity' && actor?.wasContested === true) ||
      (kind === 'key-conflict' && (actor?.hasLostKey === true || actor?.wasContested === true))
    if (!isExpected) {
      const invariant = kind === 'disagreement' ? 1 : 9
      this.#judge.violate(invariant, `${this.#observer.server.name} raises a groundless alarm (${kind}): ${sentence}`)
    }
    // The operator reads the alarm and does what it says; once for each alarm, as a person would. Whoever forgot the server and then met its clone
    // first is helped when the clone is gone.
    const isStrange = actor?.hasLostKey === true || (actor?.wasContested === true && actor.clones === 0)
    if (kind === 'key-conflict' && isStrange && actor !== this.#observer) {
      void this.#node.forgetTrust(actor.entity).catch(() => {})
    }
  }
}
