import type { Stand } from '../protocol/messages.ts'
import type { Head } from '../replica/transfer.ts'

/** Bytes of the state hash that stand for it where versions are equal. */
const markBytes = 8

/** Where a document stands here, as it is told to others. */
export function standOf(head: Head): Stand {
  return { document: head.document, version: head.version, mark: head.stateHash.subarray(0, markBytes) }
}

/** Whether the copy with this head holds what somebody's mark says. Each heartbeat that comes asks so of each of its sender's documents. */
export function isMarked({ stateHash }: Head, mark: Uint8Array): boolean {
  for (let at = 0; at < mark.length; at += 1) if (stateHash[at] !== mark[at]) return false
  return true
}
