import { bytesOf, textOf } from '../runtime/byte-text.ts'
import { Failure } from '../runtime/failure.ts'
import { storeKeyBytes } from './store-key.ts'
import type { Store, StoreWrite } from './store.ts'

/** What a memory disk held at one time, its values as latin1 texts. It never changes. */
export interface DiskImage {
  readonly entries: ReadonlyMap<string, string>
}

/**
 * A disk in memory: for tests, the simulator, and library users who have none. It outlives the stores that are opened on
 * it, one at a time, so a node can be killed, restarted, or restarted with an old disk.
 *
 * @example
 * ```ts
 * import { createNode } from 'lampfield'
 * import { MemoryDisk } from 'lampfield/testing'
 *
 * const disk = new MemoryDisk()
 * const node = createNode({ store: () => disk.open() })
 * console.log(node.status)
 * ```
 */
export class MemoryDisk {
  /** Values as texts of a character a byte: an array of bytes takes 300 more than it holds, and a thousand disks keep a thousand each. */
  #entries = new Map<string, string>()
  #store: MemoryStore | undefined

  /** @throws Failure `data-directory-in-use` while another store is open on it. */
  async open(): Promise<Store> {
    if (this.#store !== undefined)
      throw new Failure('data-directory-in-use', 'the memory disk is in use by another node')
    this.#store = new MemoryStore(this.#entries, () => {
      this.#store = undefined
    })
    return this.#store
  }

  /** Kill -9: the open store works no more, and writes that were not acknowledged never happened. */
  crash(): void {
    this.#store?.cut()
  }

  /** What it holds now: what was acknowledged, and nothing else. */
  snapshot(): DiskImage {
    return { entries: new Map(this.#entries) }
  }

  /** Puts an earlier image back; as with a real disk, whoever has it open is cut off. */
  restore(image: DiskImage): void {
    this.crash()
    this.#entries = new Map(image.entries)
  }
}

/** A store in memory, gone with the process unless its disk is kept. */
export const openMemoryStore = (disk: MemoryDisk = new MemoryDisk()): Promise<Store> => disk.open()

class MemoryStore implements Store {
  readonly #entries: Map<string, string>
  readonly #released: () => void
  #isOpen = true
  #wasCut = false

  constructor(entries: Map<string, string>, released: () => void) {
    this.#entries = entries
    this.#released = released
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#mustBeOpen()
    storeKeyBytes(key)
    const text = this.#entries.get(key)
    return text === undefined ? undefined : bytesOf(text)
  }

  async list(prefix: string): Promise<readonly (readonly [key: string, value: Uint8Array])[]> {
    this.#mustBeOpen()
    if (prefix !== '') storeKeyBytes(prefix)
    const found = [...this.#entries].filter(([key]) => key.startsWith(prefix))
    // UTF-8 and UTF-16 disagree on the order of characters beyond the first 65,536.
    return found
      .map(([key, value]) => [Buffer.from(key), value] as const)
      .sort(([a], [b]) => Buffer.compare(a, b))
      .map(([key, value]) => [key.toString(), bytesOf(value)] as const)
  }

  async write(writes: readonly StoreWrite[]): Promise<void> {
    this.#mustBeOpen()
    const copies = writes.map(({ key, value }) => {
      storeKeyBytes(key)
      return { key, value: value === undefined ? undefined : textOf(value) }
    })
    // As on a disk, a write takes a moment, in which a crash undoes it; `close` comes after it.
    await Promise.resolve()
    if (this.#wasCut) throw closed()
    for (const { key, value } of copies) {
      if (value === undefined) this.#entries.delete(key)
      else this.#entries.set(key, value)
    }
  }

  cut(): void {
    this.#wasCut = true
    this.#release()
  }

  async close(): Promise<void> {
    // The writes that were asked for before are one microtask away.
    this.#release()
  }

  #release(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#released()
  }

  #mustBeOpen(): void {
    if (!this.#isOpen) throw closed()
  }
}

const closed = (): Failure => new Failure('not-running', 'the store is closed')
