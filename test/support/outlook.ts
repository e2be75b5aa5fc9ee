import type { ControlClient } from '../../src/control/client.ts'
import type { EndEvent, SnapshotEvent, StreamedEvent } from '../../src/control/shapes.ts'

/** Something a node told, and when it was heard here: one clock for all nodes. */
export interface HeardEvent {
  readonly atMs: number
  readonly event: StreamedEvent | SnapshotEvent | EndEvent
}

interface Waiting {
  readonly what: string
  readonly holds: () => boolean
  readonly settle: (atMs: number) => void
  readonly fail: (error: Error) => void
}

/**
 * What a node shows, kept up to date by its event stream: no looking again and again, and every time is the time at which the node
 * said so.
 */
export class Outlook {
  readonly name: string
  /** The cluster state, as `channel key`. */
  readonly values: Map<string, unknown> = new Map()
  /** The status of each member by its entity ID; without this node itself. */
  readonly members: Map<string, string> = new Map()
  readonly heard: HeardEvent[] = []
  readonly #leaving = new AbortController()
  readonly #waiting = new Set<Waiting>()

  private constructor(name: string) {
    this.name = name
  }

  /** Resolves when nothing that happens from now on is missed and everything that was so before is known. */
  static async open(name: string, client: ControlClient): Promise<Outlook> {
    const outlook = new Outlook(name)
    const { signal } = outlook.#leaving
    const types = ['change', 'member', 'alarm'] as const
    const events = await client.events({ types, snapshot: true, signal })
    void outlook.#listen(events)
    for (const { entity, status } of await client.members()) {
      // An event that came meanwhile is newer than this listing, or as new.
      if (status !== 'self' && !outlook.members.has(entity)) outlook.members.set(entity, status)
    }
    outlook.#look(performance.now())
    return outlook
  }

  device(name: string): unknown {
    return this.values.get(`device_state ${name}`)
  }

  /** When something became so; at once where it is so already. Rejects after `limitMs`, or where the stream ends. */
  when(what: string, limitMs: number, holds: (outlook: this) => boolean): Promise<number> {
    if (holds(this)) return Promise.resolve(performance.now())
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => waiting.fail(new Error(`not so after ${limitMs} ms`)), limitMs)
      const done = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(waiting)
      }
      const waiting: Waiting = {
        what,
        holds: () => holds(this),
        settle(atMs) {
          done()
          resolve(atMs)
        },
        fail: (error) => {
          done()
          reject(new Error(`${this.name}: ${what}: ${error.message}`))
        },
      }
      this.#waiting.add(waiting)
    })
  }

  /** What was heard from `sinceMs` on. */
  since(sinceMs: number): HeardEvent[] {
    return this.heard.filter(({ atMs }) => atMs >= sinceMs)
  }

  close(): void {
    this.#leaving.abort()
    this.#break(new Error('nobody listens any more'))
  }

  async #listen(events: AsyncIterable<HeardEvent['event']>): Promise<void> {
    try {
      for await (const event of events) {
        const atMs = performance.now()
        this.heard.push({ atMs, event })
        this.#take(event)
        this.#look(atMs)
      }
      this.#break(new Error('the node ended its stream'))
    } catch (error) {
      this.#break(error as Error)
    }
  }

  #take(event: HeardEvent['event']): void {
    switch (event.type) {
      case 'snapshot':
        for (const { key, value } of event.values) this.values.set(`${event.channel} ${key}`, value)
        return
      case 'change': {
        const key = `${event.channel} ${event.key}`
        if (event.after === null) this.values.delete(key)
        else this.values.set(key, event.after)
        return
      }
      case 'member':
        this.members.set(event.entity, event.to)
        return
      case 'entry':
      case 'alarm':
      case 'end':
    }
  }

  #look(atMs: number): void {
    for (const waiting of this.#waiting) if (waiting.holds()) waiting.settle(atMs)
  }

  #break(error: Error): void {
    for (const waiting of this.#waiting) waiting.fail(error)
  }
}
