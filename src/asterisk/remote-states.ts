import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { Journal } from './journal.ts'

export interface RemoteStatesParts {
  readonly journal: Journal
  /** Whether a device is for the local Asterisk at all. */
  readonly isWanted: (device: string) => boolean
  /** Says to Asterisk what an entity's device is from now on. */
  readonly say: (entity: EntityId, device: string, state: DeviceState) => void
  /** Nothing has to be said of it any more: Asterisk never heard of it. */
  readonly withdraw: (entity: EntityId, device: string) => void
}

/** The identity of Asterisk's aggregation: an entity that says it says nothing. */
const neutral: DeviceState = 'INVALID'

/**
 * What the other entities say of their devices, and what the local Asterisk has to be told of it. Only entities that count have a say;
 * what was told of one that departed, or of a device that it no longer names, is taken back with the neutral state. What was not told is in no
 * journal and leaves nothing behind: while Asterisk is away, others may name and unname devices for as long as they like.
 */
export class RemoteStates {
  readonly #parts: RemoteStatesParts
  readonly #entries = new Map<EntityId, Map<string, DeviceState>>()
  readonly #counted = new Set<EntityId>()
  /** Entities that counted in this life of the node and no longer do. */
  readonly #departed = new Set<EntityId>()
  #own: EntityId | undefined
  /** False until members had the time to be found: before, an entity that is not there is no proof of anything. */
  #isSettled = false

  constructor(parts: RemoteStatesParts) {
    this.#parts = parts
  }

  /** From now on the own entity is known: it is never told of. What its restart brought before is dropped. */
  begin(own: EntityId): void {
    this.#own = own
    this.#entries.delete(own)
  }

  /** An entity's entry is another one; undefined where there is none any more. */
  entry(entity: EntityId, device: string, state: DeviceState | undefined): void {
    if (entity === this.#own || !this.#parts.isWanted(device)) return
    const devices = this.#entries.get(entity) ?? new Map<string, DeviceState>()
    if (state === undefined) devices.delete(device)
    else devices.set(device, state)
    if (devices.size === 0) this.#entries.delete(entity)
    else this.#entries.set(entity, devices)
    if (this.#own !== undefined) this.#tell(entity, device)
  }

  /** An entity counts from now on, or no longer. */
  member(entity: EntityId, counts: boolean): void {
    if (counts) {
      this.#counted.add(entity)
      this.#departed.delete(entity)
    } else if (this.#counted.delete(entity)) this.#departed.add(entity)
    if (this.#own !== undefined && entity !== this.#own) this.#tellEntity(entity)
  }

  counts(entity: EntityId): boolean {
    return this.#counted.has(entity)
  }

  /** Everything again, for an Asterisk that may have forgotten it. */
  tellAll(): void {
    const entities = new Set([...this.#entries.keys(), ...this.#parts.journal.entities()])
    for (const entity of entities) if (entity !== this.#own) this.#tellEntity(entity)
  }

  #tellEntity(entity: EntityId): void {
    const devices = new Set([...(this.#entries.get(entity)?.keys() ?? []), ...this.#parts.journal.keysOf(entity)])
    for (const device of devices) this.#tell(entity, device)
  }

  /** Whoever is not there by now is not there: what Asterisk was told of it in an earlier life of this node is taken back. */
  settle(): void {
    this.#isSettled = true
    for (const entity of this.#parts.journal.entities()) {
      if (entity === this.#own) continue
      for (const device of this.#parts.journal.keysOf(entity)) {
        if (this.#wanted(entity, device) === undefined) this.#tell(entity, device)
      }
    }
  }

  /** Something is said of a device now: should this node be killed, it must be known afterwards. */
  leaving(entity: EntityId, device: string): void {
    if (this.#wanted(entity, device) !== undefined) this.#parts.journal.add(entity, device)
  }

  /** Asterisk has taken what it was told; where that was to forget, there is nothing more to know. */
  delivered(entity: EntityId, device: string, state: DeviceState): void {
    if (state === neutral && this.#wanted(entity, device) === undefined) this.#parts.journal.delete(entity, device)
  }

  /** What counts, as Asterisk is to hold it. */
  *standing(): Generator<readonly [entity: EntityId, device: string, state: DeviceState]> {
    for (const [entity, devices] of this.#entries) {
      if (!this.#counted.has(entity)) continue
      for (const [device, state] of devices) yield [entity, device, state]
    }
  }

  #wanted(entity: EntityId, device: string): DeviceState | undefined {
    return this.#counted.has(entity) ? this.#entries.get(entity)?.get(device) : undefined
  }

  #tell(entity: EntityId, device: string): void {
    const { journal, say, withdraw } = this.#parts
    const state = this.#wanted(entity, device)
    if (state !== undefined) say(entity, device, state)
    else if (!journal.has(entity, device)) withdraw(entity, device)
    else if (this.#isSettled || this.#departed.has(entity)) say(entity, device, neutral)
  }
}
