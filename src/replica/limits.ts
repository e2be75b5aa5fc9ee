import { Failure } from '../runtime/failure.ts'

/** What one replica holds and takes at most. The numbers and their reasons stand in `protocol/limits.ts`. */
export interface ReplicaLimits {
  /** A key, in UTF-8 bytes. */
  readonly keyMaxBytes: number
  /** A value with its stamp. */
  readonly valueMaxBytes: number
  /** Distinct keys of one document, the removed ones that await their roll-over included. */
  readonly keysPerDocumentMax: number
  /** Documents of one entity over all channels; the highest shard number is one less. */
  readonly documentsPerEntityMax: number
  /** Live entries of one entity over all channels. */
  readonly entriesPerEntityMax: number
  /** One Yjs update. */
  readonly updateMaxBytes: number
  /** Items of one update. */
  readonly structsPerUpdateMax: number
  /** Updates of one transfer. */
  readonly updatesPerTransferMax: number
  /** Entities whose documents or last lives are kept. */
  readonly entitiesMax: number
  /** What the documents of all other entities weigh together, in bytes of memory as `weight.ts` reckons them. */
  readonly roomBytes: number
}

/**
 * What an update holds beside the key and value of one item, in bytes: count, client and clock in front, the item's
 * info byte, origin, root name and lengths, and the empty delete set behind. Some 30 are used with numbers of 32 bits.
 */
const frameMaxBytes = 64

/** The most bytes that an update of a single item can have. */
export function itemMaxBytes(limits: ReplicaLimits): number {
  return limits.keyMaxBytes + limits.valueMaxBytes + frameMaxBytes
}

/** What one change adds to an update at most. */
export function changeMaxBytes(keyBytes: number, valueBytes: number): number {
  return keyBytes + valueBytes + frameMaxBytes
}

/**
 * Structs that a copy takes into one document. An owner rolls over above `2 * live + 64` structs and adds at most one
 * write to a document before it looks, so it never holds more than half of this; the other half is what a copy holds of
 * the same history before a tail lets it be merged.
 */
export function structsPerDocumentMax(limits: ReplicaLimits): number {
  return 2 * (3 * limits.keysPerDocumentMax + 64)
}

/**
 * Returns limits that fit together.
 *
 * @throws Failure `invalid-argument` where one is no positive whole number, or an item would not fit into an update.
 */
export function checkedLimits(limits: ReplicaLimits): ReplicaLimits {
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Failure('invalid-argument', `${name} must be a positive whole number, not ${String(value)}`)
    }
  }
  if (itemMaxBytes(limits) > limits.updateMaxBytes) {
    throw new Failure('invalid-argument', `updateMaxBytes must hold one item: at least ${itemMaxBytes(limits)}`)
  }
  return limits
}
