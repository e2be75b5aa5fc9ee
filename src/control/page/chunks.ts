import { element } from './element.ts'

/** Lamps of one chunk: a browser leaves out chunks that are out of sight, and moves at most one chunk for a new lamp. */
export const chunkMax = 120

interface Chunk {
  readonly home: HTMLElement
  readonly keys: string[]
}

/** Lamps in the order of their keys, divided into chunks. */
export class Chunks {
  readonly #home: HTMLElement
  readonly #chunks: Chunk[] = []
  #size = 0

  constructor(home: HTMLElement) {
    this.#home = home
  }

  get size(): number {
    return this.#size
  }

  add(key: string, lamp: HTMLElement): void {
    const chunk = this.#chunkFor(key)
    const at = placeOf(chunk.keys, key)
    chunk.keys.splice(at, 0, key)
    chunk.home.insertBefore(lamp, chunk.home.children[at] ?? null)
    this.#size += 1
    if (chunk.keys.length > chunkMax) this.#split(chunk)
  }

  remove(key: string, lamp: HTMLElement): void {
    const chunk = this.#chunks.find(({ home }) => home === lamp.parentElement)
    lamp.remove()
    if (chunk === undefined) return
    chunk.keys.splice(placeOf(chunk.keys, key), 1)
    this.#size -= 1
    if (chunk.keys.length > 0) return
    chunk.home.remove()
    this.#chunks.splice(this.#chunks.indexOf(chunk), 1)
  }

  #chunkFor(key: string): Chunk {
    const found = this.#chunks.find(({ keys }) => key <= (keys.at(-1) ?? '')) ?? this.#chunks.at(-1)
    if (found !== undefined) return found
    const chunk = { home: element('div', { class: 'chunk' }), keys: [] }
    this.#home.append(chunk.home)
    this.#chunks.push(chunk)
    return chunk
  }

  /** At the end only the new lamp moves: a snapshot comes in order, and fills one chunk after the other. */
  #split(chunk: Chunk): void {
    const isLast = this.#chunks.at(-1) === chunk
    const kept = isLast ? chunkMax : chunkMax / 2
    const next = { home: element('div', { class: 'chunk' }), keys: chunk.keys.splice(kept) }
    next.home.append(...[...chunk.home.children].slice(kept))
    chunk.home.after(next.home)
    this.#chunks.splice(this.#chunks.indexOf(chunk) + 1, 0, next)
  }
}

/** Where a key stands in sorted keys, or would. */
function placeOf(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((keys[middle] ?? '') < key) low = middle + 1
    else high = middle
  }
  return low
}
