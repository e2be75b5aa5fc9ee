import type { Transfer } from '../replica/transfer.ts'
import { documentKey, type DocumentId } from '../state/document-id.ts'
import { compareVersions, type Version } from '../state/version.ts'

/** Runs kept for one document: some 50 ms of a storm, which is what a pull takes at its worst. */
const runsMax = 32

/** Documents for which runs are kept: more lag at once only after a partition, and then pulls bring everything anyway. */
const documentsMax = 64

/**
 * Gossiped steps that came before what they build on. They wait for the pull that fills the gap: dropped, they would be the next
 * gap, and under constant writes a copy would never catch up.
 */
export class EarlyRuns {
  readonly #runs = new Map<string, Transfer[]>()

  /** Keeps a step that was a gap, in the order of versions; the newest are let go when there are too many. */
  keep(transfer: Transfer): void {
    const key = documentKey(transfer.head.document)
    const kept = this.#runs.get(key) ?? []
    if (kept.length >= runsMax || (kept.length === 0 && this.#runs.size >= documentsMax)) return
    kept.push(transfer)
    kept.sort((a, b) => compareVersions(a.head.version, b.head.version))
    this.#runs.set(key, kept)
  }

  /** What may fit now that the copy stands at `version`; older steps are forgotten. Nothing of it is kept any more. */
  take(document: DocumentId, version: Version): readonly Transfer[] {
    const key = documentKey(document)
    const kept = this.#runs.get(key)
    if (kept === undefined) return []
    this.#runs.delete(key)
    return kept.filter((transfer) => compareVersions(transfer.head.version, version) > 0)
  }
}
