import { createHash } from 'node:crypto'
import type { DeviceState } from '../../src/state/device-state.ts'

/** A range of keys that one node writes: `PJSIP/<prefix>-0` and so on, all with the value of one lap. */
export interface Block {
  readonly prefix: string
  readonly keys: number
  /** Which time the keys are written: each lap has another value than the one before. */
  readonly lap: number
}

const states: readonly DeviceState[] = ['NOT_INUSE', 'INUSE', 'BUSY', 'RINGING', 'ONHOLD', 'UNAVAILABLE']

export const keyOf = (prefix: string, index: number): string => `PJSIP/${prefix}-${index}`

export const valueOf = (lap: number): DeviceState => states[lap % states.length] ?? 'NOT_INUSE'

/** The keys and values of some blocks. */
export function* valuesOf(blocks: readonly Block[]): Generator<[key: string, value: DeviceState]> {
  for (const { prefix, keys, lap } of blocks) {
    for (let index = 0; index < keys; index += 1) yield [keyOf(prefix, index), valueOf(lap)]
  }
}

/** SHA-256 over a cluster state, the same for the same keys and values in whatever order they come. */
export function digestOf(values: Iterable<readonly [key: string, value: unknown]>): string {
  const lines = [...values].map(([key, value]) => `${key} ${String(value)}`).sort()
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
