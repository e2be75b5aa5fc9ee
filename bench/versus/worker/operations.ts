import type { Operation } from '../../worker/protocol.ts'
import type { Block } from '../../worker/workload.ts'
import type { Place, Settings } from './adapter.ts'

/** What a participant can be asked. All times are `monotonicMs`; null is "not within the limit". */
export interface ParticipantOperations {
  readonly clock: Operation<undefined, number>
  /** Starts the adapter of this name; what it has to tell the others. */
  readonly start: Operation<{ readonly adapter: string; readonly place: Place }, Settings>
  readonly stop: Operation<undefined, undefined>
  /** Writes one change; the time just before. */
  readonly write: Operation<{ readonly key: string; readonly value: string }, number>
  /** The time at which a key has a value here. */
  readonly sees: Operation<{ readonly key: string; readonly value: string; readonly limitMs: number }, number | null>
  /** Writes a block as fast as the event loop goes round, 64 changes at a time; the time just before. */
  readonly flood: Operation<Block, number>
  /** The time at which all keys of the blocks have their values here, or how many have not when the limit is reached. */
  readonly holds: Operation<
    { readonly blocks: readonly Block[]; readonly limitMs: number },
    { readonly atMs: number | null; readonly missing: number }
  >
  /** The time at which the first word that another one is gone came, counted from when this was asked. */
  readonly gone: Operation<{ readonly name: string; readonly limitMs: number }, number | null>
  /** Whether it counts these others as present, at the latest when the limit is reached. */
  readonly knows: Operation<{ readonly names: readonly string[]; readonly limitMs: number }, boolean>
  /** Everything that it holds, for the comparison with what was written. */
  readonly shown: Operation<undefined, { readonly keys: number; readonly digest: string }>
}
