import { monotonicMs } from '../../worker/monotonic.ts'
import { turn } from '../../worker/pace.ts'
import type { Handlers } from '../../worker/serve.ts'
import { digestOf, valuesOf, type Block } from '../../worker/workload.ts'
import type { Adapter, Notice, Place, Settings, Start } from './adapter.ts'
import type { ParticipantOperations } from './operations.ts'

/** How many changes leave in one turn of the event loop when a block is written. */
const writesPerTurn = 64

/**
 * One of those who share something: keeps what its product tells it, as an application would, and notes when. The same for all products.
 */
export class Participant {
  readonly #adapters: Readonly<Record<string, () => Promise<Start>>>
  readonly #values = new Map<string, string>()
  readonly #present = new Set<string>()
  readonly #onChange = new Set<(key: string, value: string, atMs: number) => void>()
  readonly #onMember = new Set<(name: string, isThere: boolean, atMs: number) => void>()
  #adapter: Adapter | undefined

  /** `adapters` gives, by name, what starts a product. */
  constructor(adapters: Readonly<Record<string, () => Promise<Start>>>) {
    this.#adapters = adapters
  }

  readonly handlers: Handlers<ParticipantOperations> = {
    clock: () => monotonicMs(),
    start: ({ adapter, place }) => this.#start(adapter, place),
    stop: async () => {
      await this.#adapter?.stop()
      return undefined
    },
    write: ({ key, value }) => this.#write(key, value),
    sees: ({ key, value, limitMs }) => this.#sees(key, value, limitMs),
    flood: (block) => this.#flood(block),
    holds: ({ blocks, limitMs }) => this.#holds(blocks, limitMs),
    gone: ({ name, limitMs }) => this.#gone(name, limitMs),
    knows: ({ names, limitMs }) => this.#knows(names, limitMs),
    shown: () => ({ keys: this.#values.size, digest: digestOf(this.#values) }),
  }

  async #start(name: string, place: Place): Promise<Settings> {
    const find = this.#adapters[name]
    if (find === undefined) throw new Error(`there is no adapter "${name}"`)
    const start = await find()
    this.#adapter = await start(place, this.#notice)
    return this.#adapter.told ?? {}
  }

  readonly #notice: Notice = {
    changed: (key, value) => {
      const atMs = monotonicMs()
      this.#values.set(key, value)
      for (const listener of this.#onChange) listener(key, value, atMs)
    },
    came: (name) => this.#member(name, true),
    gone: (name) => this.#member(name, false),
  }

  #member(name: string, isThere: boolean): void {
    const atMs = monotonicMs()
    if (isThere) this.#present.add(name)
    else this.#present.delete(name)
    for (const listener of this.#onMember) listener(name, isThere, atMs)
  }

  async #write(key: string, value: string): Promise<number> {
    const atMs = monotonicMs()
    this.#values.set(key, value)
    await this.#running().set(key, value)
    return atMs
  }

  async #flood(block: Block): Promise<number> {
    const adapter = this.#running()
    const values = [...valuesOf([block])]
    const beginMs = monotonicMs()
    for (let at = 0; at < values.length; at += writesPerTurn) {
      const some = values.slice(at, at + writesPerTurn)
      await Promise.all(
        some.map(async ([key, value]) => {
          this.#values.set(key, value)
          await adapter.set(key, value)
        }),
      )
      await turn()
    }
    // What is written here is held here; a watcher that began before has to learn of it.
    const atMs = monotonicMs()
    for (const [key, value] of values) for (const listener of this.#onChange) listener(key, value, atMs)
    return beginMs
  }

  #sees(key: string, value: string, limitMs: number): Promise<number | null> {
    if (this.#values.get(key) === value) return Promise.resolve(monotonicMs())
    return new Promise((resolve) => {
      const listener = (changed: string, to: string, atMs: number): void => {
        if (changed === key && to === value) end(atMs)
      }
      const end = (atMs: number | null): void => {
        clearTimeout(timer)
        this.#onChange.delete(listener)
        resolve(atMs)
      }
      const timer = setTimeout(end, limitMs, null)
      this.#onChange.add(listener)
    })
  }

  /** Strikes off what has come; nothing is searched while the clock runs. */
  #holds(blocks: readonly Block[], limitMs: number): Promise<{ atMs: number | null; missing: number }> {
    const wanted = new Map<string, string>(valuesOf(blocks))
    const missing = new Set([...wanted.keys()].filter((key) => this.#values.get(key) !== wanted.get(key)))
    if (missing.size === 0) return Promise.resolve({ atMs: monotonicMs(), missing: 0 })
    return new Promise((resolve) => {
      const listener = (key: string, value: string, atMs: number): void => {
        if (wanted.get(key) === value) missing.delete(key)
        else if (wanted.has(key)) missing.add(key)
        if (missing.size === 0) end(atMs)
      }
      const end = (atMs: number | null): void => {
        clearTimeout(timer)
        this.#onChange.delete(listener)
        resolve({ atMs, missing: missing.size })
      }
      const timer = setTimeout(end, limitMs, null)
      this.#onChange.add(listener)
    })
  }

  #gone(name: string, limitMs: number): Promise<number | null> {
    return this.#untilMember(limitMs, (who, isThere) => who === name && !isThere)
  }

  async #knows(names: readonly string[], limitMs: number): Promise<boolean> {
    const isKnown = (): boolean => names.every((name) => this.#present.has(name))
    return isKnown() || (await this.#untilMember(limitMs, isKnown)) !== null
  }

  #untilMember(limitMs: number, isIt: (name: string, isThere: boolean) => boolean): Promise<number | null> {
    return new Promise((resolve) => {
      const listener = (name: string, isThere: boolean, atMs: number): void => {
        if (isIt(name, isThere)) end(atMs)
      }
      const end = (atMs: number | null): void => {
        clearTimeout(timer)
        this.#onMember.delete(listener)
        resolve(atMs)
      }
      const timer = setTimeout(end, limitMs, null)
      this.#onMember.add(listener)
    })
  }

  #running(): Adapter {
    if (this.#adapter === undefined) throw new Error('the participant has not been started')
    return this.#adapter
  }
}
