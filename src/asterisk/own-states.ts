import type { Clock } from '../runtime/clock.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Stamp } from '../state/stamp.ts'
import type { DeviceBody } from './body.ts'
import { devicesMax, type Journal } from './journal.ts'
import { RollCall } from './roll-call.ts'
import type { Saying } from './saying.ts'

export interface OwnStatesParts {
  readonly clock: Clock
  readonly entity: EntityId
  readonly journal: Journal
  /** Whether what Asterisk said is known over a restart of this node: where it may not be asked to name everything again. */
  readonly remembers: boolean
  /** Whether of a device the latest word in the cluster counts: then what is only named again is as old as it was. */
  readonly isLatest: (device: string) => boolean
  /** Makes it this entity's word; with the stamp that it had where it is said again. */
  readonly set: (device: string, state: DeviceState, stamp?: Stamp) => void
  /** This entity's word as it stands. */
  readonly saying: (device: string) => Saying<DeviceState> | undefined
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
  readonly #devices = new Map<string, DeviceState | undefined>()

  constructor(parts: OwnStatesParts) {
    this.#parts = parts
    this.#rollCall = new RollCall(parts.clock, (unnamed) => this.#sweep(unnamed))
    const { journal, entity, remembers, isLatest, set } = parts
    const remembered = [...journal.remembered(entity)]
    for (const device of journal.keysOf(entity)) this.#devices.set(device, undefined)
    for (const [device, saying] of remembered) {
      this.#devices.set(device, remembers ? saying.value : undefined)
      journal.add(entity, device)
      if (remembers) set(device, saying.value, saying.stamp)
      if (remembers || isLatest(device)) journal.remember(entity, device, saying)
    }
  }

  get size(): number {
    return this.#devices.size
  }

  take({ device, state }: Pick<DeviceBody, 'device' | 'state'>): void {
    const { journal, entity, remembers, isLatest, set, saying } = this.#parts
    const isKnown = this.#devices.has(device)
    // The node refuses it by name, and nothing is kept of it.
    if (!isKnown && this.#devices.size >= devicesMax) return set(device, state)
    const before = isLatest(device) ? journal.remembered(entity).get(device) : undefined
    const isRepeated = this.#rollCall.isOpen && before?.value === state
    this.#rollCall.name(device, isKnown)
    this.#devices.set(device, state)
    if (!isRepeated) set(device, state)
    else if (saying(device) === undefined) set(device, state, before.stamp)
    if (!isKnown) journal.add(entity, device)
    const isToRemember = remembers || isLatest(device)
    const said = isRepeated ? before : isToRemember ? saying(device) : undefined
    if (said !== undefined) journal.remember(entity, device, said)
  }

  /** What Asterisk said of its devices. */
  *standing(): Generator<readonly [device: string, state: DeviceState]> {
    for (const [device, state] of this.#devices) if (state !== undefined) yield [device, state]
  }

  /** Asterisk was asked to name everything: what it leaves out is no more. */
  expectAll(): void {
    const { journal, entity } = this.#parts
    this.#rollCall.begin([...this.#devices.keys(), ...journal.remembered(entity).keys()])
  }

  /** Asterisk is dead: nothing that it said counts any more. Where it can be asked and says the same again, it is as old as it was. */
  withdrawAll(): void {
    this.#rollCall.stop()
    const { journal, entity, remembers } = this.#parts
    for (const device of this.#devices.keys()) {
      const saying = remembers ? undefined : journal.remembered(entity).get(device)
      this.#forget(device)
      if (saying !== undefined) journal.remember(entity, device, saying)
    }
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
