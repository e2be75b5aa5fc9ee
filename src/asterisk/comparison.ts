import { joinDeviceStates } from '../state/device-state-reducer.ts'
import type { DeviceState } from '../state/device-state.ts'
import type { EntityId } from '../state/entity-id.ts'

/** A device that Lampfield and the local Asterisk would show differently. */
export interface Difference {
  readonly device: string
  /** What Asterisk aggregates, or would once it was told. */
  readonly asterisk: DeviceState
  /** The cluster state. */
  readonly lampfield: DeviceState
}

export interface Comparison {
  /** Devices that were compared. */
  readonly devices: number
  readonly differing: number
  /** The first ones by name. */
  readonly differences: readonly Difference[]
}

/** A list that a person reads. */
const differencesMax = 100

/**
 * Compares what the local Asterisk aggregates from its own devices and from what it is (or would be) told of the others with the cluster
 * state. They differ where a reducer is not Asterisk's, where a filter leaves something out, or where something was set by hand.
 */
export function compareStates(
  own: Iterable<readonly [device: string, state: DeviceState]>,
  others: Iterable<readonly [entity: EntityId, device: string, state: DeviceState]>,
  cluster: Iterable<readonly [device: string, state: DeviceState]>,
): Comparison {
  const said = new Map<string, DeviceState[]>()
  const add = (device: string, state: DeviceState): void => {
    const known = said.get(device)
    if (known === undefined) said.set(device, [state])
    else known.push(state)
  }
  for (const [device, state] of own) add(device, state)
  for (const [, device, state] of others) add(device, state)
  const lampfield = new Map(cluster)
  const devices = new Set([...said.keys(), ...lampfield.keys()])
  const differences: Difference[] = []
  for (const device of devices) {
    const difference = {
      device,
      asterisk: joinDeviceStates(said.get(device) ?? []),
      lampfield: lampfield.get(device) ?? 'INVALID',
    }
    if (difference.asterisk !== difference.lampfield) differences.push(difference)
  }
  differences.sort((a, b) => (a.device < b.device ? -1 : 1))
  return {
    devices: devices.size,
    differing: differences.length,
    differences: differences.slice(0, differencesMax),
  }
}
