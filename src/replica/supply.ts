import { compareLives, compareVersions, type Version } from '../state/version.ts'
import type { EndedDocument } from './ended-document.ts'
import type { EntityDocument } from './entity-document.ts'
import { emptyUpdate, type UpdateBounds } from './tail.ts'
import type { Head, Transfer } from './transfer.ts'

/**
 * What brings a copy that stands at `since` to where this document stands: a tail; over a recent roll-over, the tail of
 * the epoch before, the roll-over, a tail; or else everything. Nothing where the copy is no older.
 */
export function transfersSince(document: EntityDocument, since: Version | undefined, bounds: UpdateBounds): Transfer[] {
  const { head } = document
  if (head === undefined) return []
  if (since === undefined || compareLives(since, head.version) < 0) return [snapshot(document, head, bounds)]
  if (compareVersions(since, head.version) >= 0) return []
  if (since.epoch === document.epoch) return [run(document, head, since.clock, bounds)]
  return overRollOver(document, head, since, bounds) ?? [snapshot(document, head, bounds)]
}

function overRollOver(
  document: EntityDocument,
  head: Head,
  since: Version,
  bounds: UpdateBounds,
): Transfer[] | undefined {
  const forerunner = document.forerunner
  if (forerunner === undefined) return undefined
  const last = forerunner.document.head
  if (since.epoch !== last.version.epoch || since.clock > last.version.clock) return undefined
  const transfers: Transfer[] = []
  if (since.clock < last.version.clock) transfers.push(run(forerunner.document, last, since.clock, bounds))
  const { rolledOver } = forerunner
  transfers.push({ kind: 'roll-over', head: rolledOver, from: last.version.clock })
  const { clock } = rolledOver.version
  if (clock < head.version.clock) transfers.push(run(document, head, clock, bounds))
  return transfers
}

function run(document: EntityDocument | EndedDocument, head: Head, from: number, bounds: UpdateBounds): Transfer {
  return { kind: 'run', head, from, updates: document.tail(from, bounds) }
}

/** A document without items travels as one update that says nothing, so that every run has an update to carry it. */
export function snapshot(document: EntityDocument, head: Head, bounds: UpdateBounds): Transfer {
  const updates = document.tail(0, bounds)
  return { kind: 'run', head, from: 0, updates: updates.length === 0 ? [emptyUpdate] : updates }
}
