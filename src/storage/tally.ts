import { seal, unseal } from './seal.ts'

/**
 * What the store must hold, kept in the store itself and written in the same batch as each change. LevelDB drops what it
 * cannot read of its log without a word; the tally is how that is seen.
 */
export interface Tally {
  /** Batches written since the store was made. */
  readonly commits: number
  readonly entries: number
  /** The seals of all entries, joined by exclusive or: it follows each change without looking at the others. */
  readonly sum: number
}

export const emptyTally: Tally = Object.freeze({ commits: 0, entries: 0, sum: 0 })

/** Below every key of the port, which never begins with a zero byte. */
export const tallyKey: Uint8Array = Buffer.from('\0tally')

/** The layout of the store: keys as UTF-8, sealed values, a tally. */
const layout = 1

const tallyBytes = 1 + 8 + 8 + 4

/** The tally with one entry replaced: its seal before (undefined: there was none) and after (undefined: deleted). */
export function retally(tally: Tally, before: number | undefined, after: number | undefined): Tally {
  const added = (after === undefined ? 0 : 1) - (before === undefined ? 0 : 1)
  return { ...tally, entries: tally.entries + added, sum: (tally.sum ^ (before ?? 0) ^ (after ?? 0)) >>> 0 }
}

/**
 * What is wrong with a store that holds `found`, whose tally says `noted`, and of which `acknowledged` commits were
 * acknowledged; undefined when nothing is.
 */
export function tallyFault(noted: Tally, found: Tally, acknowledged: number): string | undefined {
  if (noted.commits < acknowledged) return `its last ${acknowledged - noted.commits} acknowledged writes are gone`
  if (found.entries !== noted.entries) return `it holds ${found.entries} entries, and ${noted.entries} were written`
  return found.sum === noted.sum ? undefined : 'an entry is not what was written last'
}

export function encodeTally(tally: Tally): Uint8Array {
  const bytes = new Uint8Array(tallyBytes)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, layout)
  view.setBigUint64(1, BigInt(tally.commits))
  view.setBigUint64(9, BigInt(tally.entries))
  view.setUint32(17, tally.sum)
  return seal(tallyKey, bytes)
}

/** What a stored tally was read as. */
export type ReadTally =
  | { readonly kind: 'tally'; readonly tally: Tally }
  | { readonly kind: 'other-layout'; readonly layout: number }
  | { readonly kind: 'unreadable' }

export function decodeTally(sealed: Uint8Array): ReadTally {
  const bytes = unseal(tallyKey, sealed)
  if (bytes === undefined || bytes.length === 0) return { kind: 'unreadable' }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint8(0) !== layout) return { kind: 'other-layout', layout: view.getUint8(0) }
  if (bytes.length !== tallyBytes) return { kind: 'unreadable' }
  const [commits, entries] = [Number(view.getBigUint64(1)), Number(view.getBigUint64(9))]
  return { kind: 'tally', tally: { commits, entries, sum: view.getUint32(17) } }
}
