import type { DocumentId } from '../state/document-id.ts'
import type { Version } from '../state/version.ts'

/**
 * The owner's signed word on one document: "at this version what its keys last said hashes to this". Every copy of a
 * document is kept with the head of exactly its version, so whoever hands a document on hands on the owner's word,
 * and it does not matter from whom it came.
 */
export interface Head {
  readonly document: DocumentId
  readonly version: Version
  /** SHA-256 over the last item of each key, its place included (see `state-hash.ts`); 32 bytes. */
  readonly stateHash: Uint8Array
  /** The owner's Ed25519 signature over `signedBytes(head)`, 64 bytes. */
  readonly signature: Uint8Array
}

/**
 * A step of one document, on its way to a copy. Two kinds:
 *
 * - `run`: the items from clock `from` up to the head's clock, in the same epoch. `from` 0 makes it a snapshot: it
 *   can replace any older document. Updates are contiguous Yjs V1 updates without delete sets, in order; for a document
 *   without items it is the one that says nothing (two zero bytes).
 * - `roll-over`: the head's epoch is one above; a copy that stands at clock `from` of the epoch before rebuilds the
 *   same new document itself.
 */
export type Transfer =
  | { readonly kind: 'run'; readonly head: Head; readonly from: number; readonly updates: readonly Uint8Array[] }
  | { readonly kind: 'roll-over'; readonly head: Head; readonly from: number }
