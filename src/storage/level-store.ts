import { readdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { Failure } from '../runtime/failure.ts'
import { Acknowledged } from './acknowledged.ts'
import { makeDirectory } from './directory.ts'
import { examine, isDataFile, levelOptions, removeShadows, type Examined } from './examination.ts'
import { damaged, inUse, levelFailure, unusableDirectory } from './level-failure.ts'
import { seal, sealOf, unseal } from './seal.ts'
import { storeKeyBytes, storeKeyRange } from './store-key.ts'
import type { Store, StoreWrite } from './store.ts'
import { emptyTally, encodeTally, retally, tallyKey } from './tally.ts'

/**
 * Opens the store in a directory, making both where there is none. What is there is first read whole and checked; a
 * damaged store is reported and left as it is, to the byte.
 *
 * @throws Failure `data-directory-in-use`, `data-directory-unusable`, `store-damaged`
 */
export async function openLevelStore(directory: string): Promise<Store> {
  try {
    await makeDirectory(directory)
    const acknowledged = await standing(directory)
    const examined = acknowledged === undefined ? undefined : await examineUnused(directory, acknowledged)
    return new LevelStore(directory, await open(directory, examined))
  } catch (error) {
    throw levelFailure(directory, error)
  }
}

/** Opens the store again that this process let go of. One that vanished meanwhile is not made anew: it would lack all that is not written now. */
async function reopen(directory: string): Promise<Opened> {
  const acknowledged = await standing(directory)
  if (acknowledged === undefined) throw unusableDirectory(directory, 'its files are gone')
  return open(directory, await examineUnused(directory, acknowledged))
}

/**
 * The number of acknowledged commits of a store that exists; undefined where one is to be made. A directory with LevelDB
 * files in which something is missing is never taken for an empty one: LevelDB would make it so.
 */
async function standing(directory: string): Promise<number | undefined> {
  const names = await readdir(directory)
  const acknowledged = await Acknowledged.read(directory)
  if (acknowledged === 'unreadable') throw damaged(directory, 'its file ACKNOWLEDGED is unreadable')
  if (names.includes('CURRENT')) {
    if (typeof acknowledged === 'number') return acknowledged
    throw damaged(directory, 'its file ACKNOWLEDGED is missing or empty')
  }
  // Until the first commit, a making that was cut short has nothing to lose and is begun again.
  if (acknowledged === 0 || acknowledged === 'unfinished') return undefined
  if (acknowledged === 'none' && !names.some(isDataFile)) return undefined
  throw damaged(directory, 'its file CURRENT is missing')
}

async function examineUnused(directory: string, acknowledged: number): Promise<Examined> {
  if (await isInUse(directory)) throw inUse(directory)
  try {
    return await examine(directory, acknowledged)
  } catch (error) {
    // Files of a store that another node opened just now may vanish while they are examined.
    throw (await isInUse(directory)) ? inUse(directory, error) : error
  }
}

/** Asks LevelDB for its lock, with an option that makes it refuse the store right after. */
async function isInUse(directory: string): Promise<boolean> {
  const level = new ClassicLevel(directory)
  try {
    await level.open({ createIfMissing: false, errorIfExists: true })
    await level.close()
    return false
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined
    return cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED'
  }
}

async function open(directory: string, examined: Examined | undefined): Promise<Opened> {
  // The file comes first: where a store exists, so does the number of its commits.
  const acknowledged = await Acknowledged.open(directory)
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, levelOptions)
  try {
    await level.open({ createIfMissing: examined === undefined })
    await removeShadows(directory)
    return { level, acknowledged, ...(examined ?? { tally: emptyTally, seals: new Map() }) }
  } catch (error) {
    await level.close()
    await acknowledged.close()
    throw error
  }
}

/** The files of a store, held by this process, and what was found in them. */
interface Opened {
  readonly level: ClassicLevel<Uint8Array, Uint8Array>
  readonly acknowledged: Acknowledged
  tally: Examined['tally']
  readonly seals: Examined['seals']
}

/** One caller's writes, waiting for their turn. */
interface Waiting {
  readonly changes: readonly Change[]
  resolve(): void
  reject(failure: Failure): void
}

interface Change {
  readonly name: string
  readonly key: Uint8Array
  readonly sealed: Uint8Array | undefined
}

class LevelStore implements Store {
  readonly #directory: string
  /** Undefined after a failed write, until the directory was opened again. */
  #opened: Opened | undefined
  #broken: Failure | undefined
  #waiting: Waiting[] = []
  #committing: Promise<void> | undefined
  #closed: Promise<void> | undefined

  constructor(directory: string, opened: Opened) {
    this.#directory = directory
    this.#opened = opened
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#mustNotBeClosed()
    const bytes = storeKeyBytes(key)
    const sealed = await this.#reading(({ level }) => level.get(bytes))
    return sealed === undefined ? undefined : this.#unsealed(bytes, sealed)
  }

  async list(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]> {
    this.#mustNotBeClosed()
    const { from, to } = storeKeyRange(prefix)
    const entries = await this.#reading(({ level }) => level.iterator({ gte: from, lt: to }).all())
    return entries.map(([key, sealed]) => [Buffer.from(key).toString(), this.#unsealed(key, sealed)] as const)
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    this.#mustNotBeClosed()
    const changes = writes.map(({ key, value }) => {
      const bytes = storeKeyBytes(key)
      return { name: key, key: bytes, sealed: value === undefined ? undefined : seal(bytes, value) }
    })
    if (changes.length === 0) return
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ changes, resolve, reject })
      this.#committing ??= this.#commitAll()
    })
  }

  close(): Promise<void> {
    this.#closed ??= this.#finish()
    return this.#closed
  }

  async #finish(): Promise<void> {
    await this.#committing
    await this.#release()
  }

  /** Group commit: what comes in while one batch is being synced goes out together in the next. */
  async #commitAll(): Promise<void> {
    // The writes of one turn of the event loop go out together too.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        const opened = (this.#opened ??= await reopen(this.#directory))
        await this.#commit(
          opened,
          group.flatMap((waiting) => waiting.changes),
        )
        for (const waiting of group) waiting.resolve()
      } catch (error) {
        const failure = levelFailure(this.#directory, error)
        // LevelDB goes on after a failed write, behind half a record that hides what follows. Nothing may follow.
        await this.#release(failure)
        for (const waiting of group) waiting.reject(failure)
      }
    }
    this.#committing = undefined
  }

  /** Lets go of the files, so that the next write opens them anew: what was acknowledged is then checked again, and the half record is gone. */
  async #release(failure?: Failure): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    this.#broken = failure
    // What was promised is synced, so closing can lose nothing of it.
    await Promise.allSettled([opened?.level.close(), opened?.acknowledged.close()])
  }

  async #commit(opened: Opened, changes: readonly Change[]): Promise<void> {
    let tally = { ...opened.tally, commits: opened.tally.commits + 1 }
    const seals = new Map<string, number | undefined>()
    for (const { name, sealed } of changes) {
      const before = seals.has(name) ? seals.get(name) : opened.seals.get(name)
      const after = sealed === undefined ? undefined : sealOf(sealed)
      tally = retally(tally, before, after)
      seals.set(name, after)
    }
    const batch = changes.map(({ key, sealed }) =>
      sealed === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value: sealed } as const),
    )
    await opened.level.batch([...batch, { type: 'put', key: tallyKey, value: encodeTally(tally) }], { sync: true })
    opened.tally = tally
    for (const [name, after] of seals) {
      if (after === undefined) opened.seals.delete(name)
      else opened.seals.set(name, after)
    }
    await opened.acknowledged.note(tally.commits)
  }

  #mustNotBeClosed(): void {
    if (this.#closed !== undefined) throw new Failure('not-running', `the store ${this.#directory} is closed`)
  }

  async #reading<Value>(work: (opened: Opened) => Promise<Value>): Promise<Value> {
    try {
      if (this.#opened === undefined) throw this.#broken
      return await work(this.#opened)
    } catch (error) {
      throw levelFailure(this.#directory, error)
    }
  }

  #unsealed(key: Uint8Array, sealed: Uint8Array): Uint8Array {
    const value = unseal(key, sealed)
    // A plain array of its own: LevelDB's is a Buffer, whose `slice` would not copy.
    if (value !== undefined) return new Uint8Array(value)
    throw damaged(this.#directory, `the entry ${JSON.stringify(Buffer.from(key).toString())} is unreadable`)
  }
}
