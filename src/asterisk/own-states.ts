import type { Cancel, Clock } from '../runtime/clock.ts'
import type { DeviceBody } from './body.ts'
import type { Journal } from './journal.ts'
import type { EntityId } from '../state/entity-id.ts'

export interface OwnStatesParts {
  readonly clock: Clock
  readonly entity: EntityId
  readonly journal: Journal
  readonly set: (device: string, state: DeviceBody['state']) => void
  readonly unset: (device: string) => void
  readonly count: (name: string) => void
}

/** After a restart, a device that Asterisk has not named again by then is no more: so long after its last word, at most so long. */
const quietMs = 1000
const sweepMaxMs = 10_000

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
  #namedMs = 0
  #sweepFromMs = 0
  #cancelSweep: Cancel | undefined

  constructor(parts: OwnStatesParts) {
    this.#parts = parts
    for (const device of parts.journal.keysOf(parts.entity)) this.#devices.set(device, undefined)
  }

  get size(): number {
    return this.#devices.size
  }

  take({ device, state }: DeviceBody): void {
    this.#parts.set(device, state)
    this.#unnamed?.delete(device)
    this.#namedMs = this.#parts.clock.now()
    const isKnown = this.#devices.has(device)
    this.#devices.set(device, state)
    if (!isKnown) this.#parts.journal.add(this.#parts.entity, device)
  }

  /** What Asterisk said of its devices. */
  *standing(): Generator<readonly [device: string, state: DeviceBody['state']]> {
    for (const [device, state] of this.#devices) if (state !== undefined) yield [device, state]
  }

  /** Asterisk was asked to name everything: what it leaves out is no more. */
  expectAll(): void {
    this.#unnamed = new Set(this.#devices.keys())
    this.#sweepFromMs = this.#parts.clock.now()
    this.#namedMs = this.#sweepFromMs
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
    const { clock, count } = this.#parts
    const now = clock.now()
    const isQuiet = now - this.#namedMs >= quietMs && this.#namedMs > this.#sweepFromMs
    if (!isQuiet && now - this.#sweepFromMs < sweepMaxMs) {
      this.#armSweep()
      return
    }
    // Not one word: its publications do not reach here, and that is no proof that it has no devices.
    if (this.#namedMs > this.#sweepFromMs) {
      for (const device of this.#unnamed ?? []) {
        this.#forget(device)
        count('in_swept')
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
