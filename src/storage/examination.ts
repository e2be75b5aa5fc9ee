import { copyFile, link, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { damaged, levelFailure, unusableDirectory } from './level-failure.ts'
import { sealOf, unseal } from './seal.ts'
import { isWholeTable } from './table-check.ts'
import { decodeTally, emptyTally, retally, tallyFault, tallyKey, type Tally } from './tally.ts'

/** A store that was found whole: its tally, and the seal of each entry by key. */
export interface Examined {
  readonly tally: Tally
  readonly seals: Map<string, number>
}

/** Uncompressed, so that `isWholeTable` can read the tables. */
export const levelOptions = { keyEncoding: 'view', valueEncoding: 'view', compression: false } as const

/** The files that hold a LevelDB's data. LOCK and LOG are not among them. */
const dataFile = /^(CURRENT|MANIFEST-\d+|\d+\.(log|ldb))$/

const shadowPrefix = 'examination-'

export const isDataFile = (name: string): boolean => dataFile.test(name)

/**
 * Reads a whole store and proves that nothing is missing or altered, without changing a byte of it.
 *
 * Opening a LevelDB rewrites it: what is readable of the log becomes a table, and the log is deleted. So a shadow of
 * hard links is opened in its place, where LevelDB may delete and rename as it likes.
 */
export async function examine(directory: string, acknowledged: number): Promise<Examined> {
  const shadow = await mkdtemp(join(directory, shadowPrefix))
  try {
    await fillShadow(directory, shadow)
    return await readAll(directory, shadow, acknowledged)
  } catch (error) {
    throw levelFailure(directory, error)
  } finally {
    await rm(shadow, { recursive: true, force: true })
  }
}

/** Removes the shadows of examinations that were killed. Only for the holder of the store's lock. */
export async function removeShadows(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name.startsWith(shadowPrefix)) await rm(join(directory, name), { recursive: true, force: true })
  }
}

/**
 * A table that is not whole is left out: LevelDB misses it where it counts, and does not where it is only the rest of a
 * compaction that a kill cut short.
 */
async function fillShadow(directory: string, shadow: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name)
    if (!isDataFile(name)) continue
    if (name.endsWith('.ldb') && !isWholeTable(await readFile(path))) continue
    // Some file systems have no hard links; a store is small enough to copy.
    await link(path, join(shadow, name)).catch(() => copyFile(path, join(shadow, name)))
  }
}

async function readAll(directory: string, shadow: string, acknowledged: number): Promise<Examined> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(shadow, levelOptions)
  await level.open({ createIfMissing: false })
  try {
    const seals = new Map<string, number>()
    let found = emptyTally
    let noted = emptyTally
    for await (const [key, sealed] of level.iterator({ fillCache: false })) {
      if (Buffer.compare(key, tallyKey) === 0) {
        noted = readTally(directory, sealed)
        continue
      }
      const name = Buffer.from(key).toString()
      if (unseal(key, sealed) === undefined) throw damaged(directory, `the entry ${JSON.stringify(name)} is unreadable`)
      seals.set(name, sealOf(sealed))
      found = retally(found, undefined, sealOf(sealed))
    }
    const fault = tallyFault(noted, found, acknowledged)
    if (fault !== undefined) throw damaged(directory, fault)
    return { tally: noted, seals }
  } finally {
    await level.close()
  }
}

function readTally(directory: string, sealed: Uint8Array): Tally {
  const read = decodeTally(sealed)
  if (read.kind === 'unreadable') throw damaged(directory, 'its tally is unreadable')
  if (read.kind === 'tally') return read.tally
  throw unusableDirectory(directory, `its layout is number ${read.layout}, that of another version of Lampfield`)
}
