import type { Actor } from './actor.ts'
import type { Agenda } from './agenda.ts'
import { checkAlarms, checkReads } from './checks.ts'
import { keySpace, type Key } from './keys.ts'
import type { Step } from './plan.ts'
import { calmMs, type Stage } from './stage.ts'

/** Two servers with one entity ID are told of within this. */
const alarmMaxMs = 5000

/** Does what the steps of a plan say. A step that was overtaken, because its server is down already, does nothing. */
export class Performer {
  readonly #stage: Stage
  readonly #agenda: Agenda
  writes = 0

  constructor(stage: Stage, agenda: Agenda) {
    this.#stage = stage
    this.#agenda = agenda
  }

  async perform(step: Step): Promise<void> {
    const stage = this.#stage
    switch (step.kind) {
      case 'cut':
        return this.#agenda.lasting(step.forMs, stage.elements.cut(step.a, step.b, step.oneWay))
      case 'flap':
        return this.#flap(step)
      case 'partition':
        return this.#agenda.lasting(step.forMs, stage.elements.partition(step.islands))
      case 'weather':
        return this.#agenda.lasting(step.forMs, stage.elements.weather(step.weather, step.server))
      case 'set':
      case 'unset':
      case 'read':
      case 'burst':
      case 'crash':
      case 'leave':
      case 'pause':
      case 'slow':
      case 'clock-step':
      case 'clone': {
        const actor = stage.actors[step.server]
        if (actor !== undefined) await this.#performOn(actor, step)
      }
    }
  }

  async #performOn(
    actor: Actor,
    step: Exclude<Step, { readonly kind: 'cut' | 'flap' | 'partition' | 'weather' }>,
  ): Promise<void> {
    const stage = this.#stage
    switch (step.kind) {
      case 'set':
        if (actor.isAwake) this.#set(actor, step.key, step.value)
        return
      case 'unset':
        if (actor.isAwake) stage.unset(actor, keyAt(step.key))
        return
      case 'read':
        if (actor.isAwake) checkReads(stage, actor)
        return
      case 'burst':
        return this.#burst(actor, step, 0)
      case 'crash':
        if (actor.state !== 'running') return
        stage.crash(actor, step.power)
        return this.#restart(actor, step)
      case 'leave':
        if (!actor.isAwake) return
        await stage.leave(actor)
        return this.#restart(actor, { ...step, disk: 'same' })
      case 'pause':
        return this.#pause(actor, step.forMs)
      case 'slow':
        return this.#slow(actor, step, step.forMs)
      case 'clock-step':
        actor.server.skew.offsetMs += step.byMs
        return
      case 'clone':
        return this.#clone(actor, step)
    }
  }

  #set(actor: Actor, key: number, value: number): void {
    this.writes += 1
    this.#stage.set(actor, keyAt(key), value)
  }

  #burst(actor: Actor, step: Extract<Step, { readonly kind: 'burst' }>, done: number): void {
    if (done >= step.count) return
    const key = step.keys[done % step.keys.length] ?? 0
    if (actor.isAwake) this.#set(actor, key, step.value + done)
    this.#agenda.after(step.everyMs, () => this.#burst(actor, step, done + 1))
  }

  #restart(actor: Actor, { disk, forMs }: Pick<Extract<Step, { kind: 'crash' }>, 'disk' | 'forMs'>): void {
    const { turn } = actor
    this.#agenda.after(forMs, async () => {
      if (actor.turn !== turn) return
      this.#stage.changeDisk(actor, disk)
      await this.#stage.boot(actor)
    })
  }

  #pause(actor: Actor, forMs: number): void {
    if (!actor.isAwake) return
    const { turn } = actor
    this.#stage.pause(actor)
    this.#agenda.lasting(forMs, () => {
      if (actor.turn === turn) this.#stage.resume(actor)
    })
  }

  #slow(actor: Actor, step: Extract<Step, { readonly kind: 'slow' }>, leftMs: number): void {
    if (leftMs <= 0) return
    this.#pause(actor, step.stallMs)
    this.#agenda.after(step.everyMs, () => this.#slow(actor, step, leftMs - step.everyMs))
  }

  #flap({ a, b, everyMs, forMs }: Extract<Step, { readonly kind: 'flap' }>): void {
    if (forMs <= 0) return
    this.#agenda.lasting(everyMs / 2, this.#stage.elements.cut(a, b, false))
    this.#agenda.after(everyMs, () => this.#flap({ kind: 'flap', atMs: 0, a, b, everyMs, forMs: forMs - everyMs }))
  }

  async #clone(actor: Actor, { copied, forMs }: Extract<Step, { readonly kind: 'clone' }>): Promise<void> {
    if (!actor.isAwake || actor.isContested) return
    const stage = this.#stage
    const startMs = stage.now
    const clone = await stage.clone(actor, copied)
    const wasCalm = stage.actors.every((other) => other === actor || !other.isContested)
    let isOver = false
    this.#agenda.lasting(forMs, () => {
      isOver = true
      clone.end()
    })
    this.#agenda.after(alarmMaxMs, () => {
      const calmSinceMs = stage.ledger.calmSince(({ kind }) => kind !== 'contested')
      const isCalm = wasCalm && calmSinceMs <= startMs - calmMs
      if (isCalm && !isOver) checkAlarms(stage, actor, clone.node)
    })
  }
}

const keyAt = (place: number): Key => {
  const key = keySpace[place % keySpace.length]
  if (key === undefined) throw new RangeError(`no key ${place}`)
  return key
}
