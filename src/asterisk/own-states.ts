import type { Cancel, Clock } from '../runtime/clock.ts'
import type { DeviceBody } from './body.ts'
import type { Journal } from './journal.ts'
import type { EntityId } from '../state/entity-id.ts'

export interface OwnStatesParts {
  readonly clock: Clock
  readonly entity: EntityId
  readonly journal: Journal
  /** Whether what Asterisk said is known over a restart of this node: where it may not be asked to name everything again. */
  readonly remembers: boolean
  readonly set: (device: string, state: DeviceBody['state']) => void
  readonly unset: (device: string) => void
  readonly count: (name: string) => void
}

/** Asterisk has named all of its devices when it has named none for so long that it had not named before. Milliseconds. */
const quietMs = 1000

/** It begins to name them within this time after it was asked, or not at all. */
const firstWordMaxMs = 10_000

/**
 * The local Asterisk's own devices, as this entity's entries. Asterisk never says that a device is no more, so the ones that came from it
 * are known here (and, over restarts of this node, in the journal): they go when it dies, and after a restart those that it does not
 * name again.
 */
export class OwnStates {
  readonly #parts: OwnStatesParts
  /** What each is; undefined where only the journal knows of it. */
  readonly #devices = new Map<string, DeviceBody['state'] | undefined>()
  /** Devices that wait to be named again; undefined while nothing is asked of them. */
  #unnamed: Set<string> | undefined
  /** When one was last named for the first time since everything was asked for; undefined before. */
  #namedMs: number | undefined
  #askedMs = 0
  #cancelSweep: Cancel | undefined

  constructor(parts: OwnStatesParts) {
    this.#parts = parts
    const { journal, entity } = parts
    const remembered = [...journal.remembered(entity)]
    for (const device of journal.keysOf(entity)) this.#devices.set(device, undefined)
    for (const [device, state] of remembered) {
      this.#devices.set(device, undefined)
      journal.add(entity, device)
      if (parts.remembers) this.take({ device, state })
    }
  }

  get size(): number {
    return this.#devices.size
  }

  take({ device, state }: Pick<DeviceBody, 'device' | 'state'>): void {
    this.#parts.set(device, state)
    const isKnown = this.#devices.has(device)
    // A device that changes again and again tells nothing of how far the naming is, which may take half a minute where there are many.
    if (this.#unnamed?.delete(device) === true || !isKnown) this.#namedMs = this.#parts.clock.now()
    this.#devices.set(device, state)
    const { journal, entity, remembers } = this.#parts
    if (!isKnown) journal.add(entity, device)
    if (remembers) journal.remember(entity, device, state)
  }

  /** What Asterisk said of its devices. */
  *standing(): Generator<readonly [device: string, state: DeviceBody['state']]> {
    for (const [device, state] of this.#devices) if (state !== undefined) yield [device, state]
  }

  /** Asterisk was asked to name everything: what it leaves out is no more. */
  expectAll(): void {
    this.#unnamed = new Set(this.#devices.keys())
    this.#namedMs = undefined
    this.#askedMs = this.#parts.clock.now()
    this.#armSweep()
  }

  /** Asterisk is dead: nothing that it said counts any more. */
  withdrawAll(): void {
    this.#stopSweep()
    for (const device of this.#devices.keys()) this.#forget(device)
  }

  stop(): void {
    this.#stopSweep()
  }

  #armSweep(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = this.#parts.clock.after(quietMs, () => this.#sweep())
  }

  #sweep(): void {
    this.#cancelSweep = undefined
    const now = this.#parts.clock.now()
    if (this.#namedMs === undefined ? now - this.#askedMs < firstWordMaxMs : now - this.#namedMs < quietMs) {
      this.#armSweep()
      return
    }
    // Not one word: its publications do not reach here, and that is no proof that it has no devices.
    if (this.#namedMs !== undefined) {
      for (const device of this.#unnamed ?? []) {
        this.#forget(device)
        this.#parts.count('in_swept')
      }
    }
    this.#unnamed = undefined
  }

  #forget(device: string): void {
    this.#devices.delete(device)
    this.#parts.journal.delete(this.#parts.entity, device)
    this.#parts.unset(device)
  }

  #stopSweep(): void {
    this.#cancelSweep?.()
    this.#cancelSweep = undefined
    this.#unnamed = undefined
  }
}
