import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { decodeMessage } from '../protocol/decode.ts'
import type { Network } from '../network/network.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Random } from '../runtime/random.ts'
import type { Signatures } from '../runtime/signature.ts'
import type { Fold } from './fold.ts'
import type { Identity } from './identity.ts'
import type { Memory, Remembered } from './memory.ts'
import type { Tell } from './events.ts'
import type { Timing } from './options.ts'
import type { Topics } from './topics.ts'

/** What the engine of a node is made of. */
export interface CoreParts {
  readonly identity: Identity
  readonly remembered: Remembered
  readonly memory: Memory
  readonly folds: ReadonlyMap<string, Fold>
  readonly topics: Topics
  readonly network: Network
  readonly cluster: string
  readonly name: string
  readonly timing: Timing
  readonly clock: Clock
  readonly random: Random
  readonly signatures: Signatures
  readonly decode: typeof decodeMessage
  readonly log: Log
  readonly tell: Tell
  /** The peers that may take part; undefined: all. */
  readonly allowed: ReadonlySet<PeerId> | undefined
  /** What the entries of all others may take together, in bytes. */
  readonly roomBytes: number
}
