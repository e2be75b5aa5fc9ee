import type { ServerResponse } from 'node:http'
import type { Clock } from '../runtime/clock.ts'
import type { NameMatcher } from '../state/device-name.ts'
import type { EventType, SnapshotEvent, StreamedEvent } from './shapes.ts'
import { toJson } from './json.ts'

/** What a subscriber asked for. */
export interface StreamFilter {
  readonly types: ReadonlySet<EventType>
  /** Undefined for every channel. */
  readonly channel: string | undefined
  readonly matches: NameMatcher
}

/** Where a snapshot's values come from: the keys at its start, each value as it is when its turn comes. */
export interface SnapshotSource {
  readonly channel: string
  readonly keys: readonly string[]
  readonly valueOf: (key: string) => unknown
}

/** Bytes that may wait for a subscriber for as long as it likes to read: some 5,000 events. */
const waitingMaxBytes = 1024 * 1024

/**
 * Bytes that may wait for a moment: what the death of a member with 50,000 entries tells at once. A healthy reader has read it
 * within the stall time; the bound keeps those that are not from holding the node's memory.
 */
const burstMaxBytes = 16 * 1024 * 1024

/** How long more than `waitingMaxBytes` may wait. */
const stallMaxMs = 3000

/** How long a subscriber may leave a full buffer standing while it is sent a snapshot. */
const snapshotStallMaxMs = 10_000

/** Keys of one snapshot event: some 25 KB, so that the loop is never held by a large cluster state. */
const snapshotKeys = 500

export interface EventStreamOptions {
  readonly response: ServerResponse
  readonly filter: StreamFilter
  readonly clock: Clock
  /** Called once, when the subscriber is gone or was dropped because it did not read. */
  readonly onEnd: (dropped: boolean) => void
}

/** One subscriber of server-sent events (HTML Living Standard, "Server-sent events"). */
export class EventStream {
  readonly filter: StreamFilter
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #onEnd: (dropped: boolean) => void
  #ended = false
  #isStalled = false

  constructor(options: EventStreamOptions) {
    this.filter = options.filter
    this.#response = options.response
    this.#clock = options.clock
    this.#onEnd = options.onEnd
    this.#response.on('close', () => this.#end(false))
    // A subscriber that goes away breaks the pipe; its `close` follows and says all there is to say.
    this.#response.on('error', () => {})
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    })
    this.#response.write('retry: 1000\n\n')
  }

  wants(event: StreamedEvent): boolean {
    const { types, channel, matches } = this.filter
    if (!types.has(event.type)) return false
    if (event.type === 'member' || event.type === 'alarm') return true
    return (channel === undefined || channel === event.channel) && matches(event.key)
  }

  /** Hands text on, or drops the subscriber where too much waits for it already. */
  write(text: string): void {
    if (this.#ended) return
    if (this.#response.writableLength + text.length > burstMaxBytes) {
      this.#drop()
      return
    }
    this.#response.write(text)
    if (this.#response.writableLength > waitingMaxBytes) this.#watchStall()
  }

  /** Drops the subscriber unless it has read within the stall time. */
  #watchStall(): void {
    if (this.#isStalled) return
    this.#isStalled = true
    this.#clock.after(stallMaxMs, () => {
      this.#isStalled = false
      if (!this.#ended && this.#response.writableLength > waitingMaxBytes) this.#drop()
    })
  }

  /**
   * Sends the cluster state in parts, as fast as the subscriber reads. A value is looked up when its part is written, so a change
   * that overtakes the snapshot is never undone by it.
   */
  async sendSnapshot(sources: readonly SnapshotSource[]): Promise<void> {
    for (const { channel, keys, valueOf } of sources) {
      for (let at = 0; at < Math.max(1, keys.length); at += snapshotKeys) {
        const values = keys.slice(at, at + snapshotKeys).map((key) => ({ key, value: valueOf(key) }))
        const known = values.filter(({ value }) => value !== undefined)
        const part: SnapshotEvent = { type: 'snapshot', channel, values: known, more: at + snapshotKeys < keys.length }
        this.write(`event: snapshot\ndata: ${toJson(part)}\n\n`)
        if (!(await this.#drained())) return
      }
    }
  }

  /** Says that nothing follows, and closes. */
  close(): void {
    if (this.#ended) return
    this.#response.end('event: end\ndata: {"type":"end"}\n\n')
    this.#end(false)
  }

  /** Resolves with true when the subscriber has read, with false when it is gone or was dropped for not reading. */
  #drained(): Promise<boolean> {
    if (this.#ended) return Promise.resolve(false)
    if (!this.#response.writableNeedDrain) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancel = this.#clock.after(snapshotStallMaxMs, () => this.#drop())
      const settle = (): void => {
        cancel()
        this.#response.off('drain', settle)
        this.#response.off('close', settle)
        resolve(!this.#ended)
      }
      this.#response.on('drain', settle)
      this.#response.on('close', settle)
    })
  }

  #drop(): void {
    this.#end(true)
    this.#response.destroy()
  }

  #end(dropped: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#onEnd(dropped)
  }
}
