import { readdir } from 'node:fs/promises'
import { ClassicLevel } from 'classic-level'
import { Failure } from '../runtime/failure.ts'
import { Acknowledged } from './acknowledged.ts'
import { makeDirectory } from './directory.ts'
import { examine, isDataFile, levelOptions, removeShadows, type Examined } from './examination.ts'
import { damaged, inUse, levelFailure } from './level-failure.ts'
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
    return await open(directory, examined)
  } catch (error) {
    throw levelFailure(directory, error)
  }
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

async function open(directory: string, examined: Examined | undefined): Promise<Store> {
  // The file comes first: where a store exists, so does the number of its commits.
  const acknowledged = await Acknowledged.open(directory)
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, levelOptions)
  try {
    await level.open({ createIfMissing: examined === undefined })
    await removeShadows(directory)
    return new LevelStore(directory, level, acknowledged, examined ?? { tally: emptyTally, seals: new Map() })
  } catch (error) {
    await level.close()
    await acknowledged.close()
    throw error
  }
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
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>
  readonly #acknowledged: Acknowledged
  readonly #seals: Map<string, number>
  #tally: Examined['tally']
  #waiting: Waiting[] = []
  #committing: Promise<void> | undefined
  #broken: Failure | undefined
  #closed: Promise<void> | undefined

  constructor(
    directory: string,
    level: ClassicLevel<Uint8Array, Uint8Array>,
    acknowledged: Acknowledged,
    examined: Examined,
  ) {
    this.#directory = directory
    this.#level = level
    this.#acknowledged = acknowledged
    this.#tally = examined.tally
    this.#seals = examined.seals
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#mustBeOpen()
    const bytes = storeKeyBytes(key)
    const sealed = await this.#reading(this.#level.get(bytes))
    return sealed === undefined ? undefined : this.#unsealed(bytes, sealed)
  }

  async list(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]> {
    this.#mustBeOpen()
    const { from, to } = storeKeyRange(prefix)
    const entries = await this.#reading(this.#level.iterator({ gte: from, lt: to }).all())
    return entries.map(([key, sealed]) => [Buffer.from(key).toString(), this.#unsealed(key, sealed)] as const)
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    this.#mustBeOpen()
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
    await this.#level.close()
    await this.#acknowledged.close()
  }

  /** Group commit: what comes in while one batch is being synced goes out together in the next. */
  async #commitAll(): Promise<void> {
    // The writes of one turn of the event loop go out together too.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      try {
        if (this.#broken !== undefined) throw this.#broken
        await this.#commit(group.flatMap((waiting) => waiting.changes))
        for (const waiting of group) waiting.resolve()
      } catch (error) {
        // LevelDB goes on after a failed write, behind half a record that hides what follows. Nothing may follow.
        const failure = (this.#broken ??= levelFailure(this.#directory, error))
        for (const waiting of group) waiting.reject(failure)
      }
    }
    this.#committing = undefined
  }

  async #commit(changes: readonly Change[]): Promise<void> {
    let tally = { ...this.#tally, commits: this.#tally.commits + 1 }
    const seals = new Map<string, number | undefined>()
    for (const { name, sealed } of changes) {
      const before = seals.has(name) ? seals.get(name) : this.#seals.get(name)
      const after = sealed === undefined ? undefined : sealOf(sealed)
      tally = retally(tally, before, after)
      seals.set(name, after)
    }
    const batch = changes.map(({ key, sealed }) =>
      sealed === undefined ? ({ type: 'del', key } as const) : ({ type: 'put', key, value: sealed } as const),
    )
    await this.#level.batch([...batch, { type: 'put', key: tallyKey, value: encodeTally(tally) }], { sync: true })
    this.#tally = tally
    for (const [name, after] of seals) {
      if (after === undefined) this.#seals.delete(name)
      else this.#seals.set(name, after)
    }
    await this.#acknowledged.note(tally.commits)
  }

  #mustBeOpen(): void {
    if (this.#closed !== undefined) throw new Failure('not-running', `the store ${this.#directory} is closed`)
  }

  async #reading<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await work
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
