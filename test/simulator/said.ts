import type { Key } from './keys.ts'

/** One word of an entity on a key: a value, or undefined where it took its value back. */
export interface Saying {
  /** The run of the process that said it, from 1. */
  readonly run: number
  readonly text: string | undefined
  readonly value: unknown
  /** By the writer's own stamp; 0 for a removal. */
  readonly sinceMs: number
}

/** What a disk may hold of a key: the last acknowledged write, and those after it that nobody was told of. */
export type DiskImage = ReadonlyMap<string, readonly Written[]>

interface Written {
  readonly number: number
  readonly saying: Saying | undefined
}

const nothingWritten: readonly Written[] = [{ number: 0, saying: undefined }]

/**
 * What one entity has said, run by run: the truth that nodes are held against. It learns from the writes that the simulator makes, and
 * only where a crash left open which of two writes is on disk, from what the restarted node says.
 */
export class Said {
  run = 0
  readonly standing: Map<string, Saying> = new Map()
  /** Everything ever said of a key, in order. */
  readonly #history = new Map<string, Saying[]>()
  #disk = new Map<string, readonly Written[]>()
  readonly #written = new Map<string, number>()
  #writes = 0

  history(path: string): readonly Saying[] {
    return this.#history.get(path) ?? []
  }

  /** How often it wrote to a channel, over all runs. */
  writtenTo(channel: string): number {
    return this.#written.get(channel) ?? 0
  }

  /** A write is made; returns its number, by which it may be acknowledged. */
  say({ channel, path, kept }: Key, value: unknown, text: string | undefined, sinceMs: number): number {
    const saying: Saying = { run: this.run, text, value, sinceMs }
    this.#add(path, saying)
    this.#written.set(channel, this.writtenTo(channel) + 1)
    if (text === undefined) this.standing.delete(path)
    else this.standing.set(path, saying)
    this.#writes += 1
    const number = this.#writes
    if (kept)
      this.#disk.set(path, [...this.#candidates(path), { number, saying: text === undefined ? undefined : saying }])
    return number
  }

  /** The node said that a write is on disk: nothing before it can be read there any more. */
  acknowledge({ path }: Key, number: number): void {
    this.#disk.set(
      path,
      this.#candidates(path).filter((written) => written.number >= number),
    )
  }

  image(): DiskImage {
    return new Map(this.#disk)
  }

  /** The disk is another one, or an earlier state of it. */
  replaceDisk(image: DiskImage): void {
    this.#disk = new Map(image)
  }

  /**
   * A new run begins and says `read` of each key. Returns the keys on which it says what cannot have been on its disk.
   */
  begin(keys: readonly Key[], read: (key: Key) => Omit<Saying, 'run'> | undefined): Key[] {
    this.run += 1
    this.standing.clear()
    return keys.filter((key) => {
      const now = read(key)
      const possible = key.kept ? this.#candidates(key.path) : nothingWritten
      const found = possible.find(({ saying }) => saying?.text === now?.text && saying?.sinceMs === now?.sinceMs)
      const saying: Saying = { run: this.run, text: now?.text, value: now?.value, sinceMs: now?.sinceMs ?? 0 }
      // Also a run that says nothing of a key has a first word on it: what others showed before must go.
      if (now !== undefined || this.#history.has(key.path)) this.#add(key.path, saying)
      if (now !== undefined) this.standing.set(key.path, saying)
      if (key.kept && found !== undefined) this.#disk.set(key.path, [found])
      return found === undefined
    })
  }

  #candidates(path: string): readonly Written[] {
    return this.#disk.get(path) ?? nothingWritten
  }

  #add(path: string, saying: Saying): void {
    const history = this.#history.get(path)
    if (history === undefined) this.#history.set(path, [saying])
    else history.push(saying)
  }
}
