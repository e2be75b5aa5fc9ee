import type { Clock } from '../runtime/clock.ts'
import type { DeviceBody } from './body.ts'
import type { Journal } from './journal.ts'
import { RollCall } from './roll-call.ts'
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

/**
 * The local Asterisk's own devices, as this entity's entries. Asterisk never says that a device is no more, so the ones that came from it
 * are known here (and, over restarts of this node, in the journal): they go when it dies, and after a restart those that it does not
 * name again.
 */
export class OwnStates {
  readonly #parts: OwnStatesParts
  readonly #rollCall: RollCall
  /** What each is; undefined where only the journal knows of it. */
  readonly #devices = new Map<string, DeviceBody['state'] | undefined>()

  constructor(parts: OwnStatesParts) {
    this.#parts = parts
    this.#rollCall = new RollCall(parts.clock, (unnamed) => this.#sweep(unnamed))
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
    this.#rollCall.name(device, isKnown)
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
    this.#rollCall.begin(this.#devices.keys())
  }

  /** Asterisk is dead: nothing that it said counts any more. */
  withdrawAll(): void {
    this.#rollCall.stop()
    for (const device of this.#devices.keys()) this.#forget(device)
  }

  stop(): void {
    this.#rollCall.stop()
  }

  #sweep(unnamed: Iterable<string>): void {
    for (const device of unnamed) {
      this.#forget(device)
      this.#parts.count('in_swept')
    }
  }

  #forget(device: string): void {
    this.#devices.delete(device)
    this.#parts.journal.delete(this.#parts.entity, device)
    this.#parts.unset(device)
  }
}
