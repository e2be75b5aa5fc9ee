import type { Cancel, Clock } from '../runtime/clock.ts'
import type { NameMatcher } from '../state/device-name.ts'
import type { EventType } from './shapes.ts'
import type { Sink } from './sink.ts'
import type { StreamForm } from './stream-form.ts'
import type { ToldEvent } from './told-event.ts'

/** What a subscriber asked for. */
export interface StreamFilter {
  readonly types: ReadonlySet<EventType>
  /** Undefined for every channel. */
  readonly channel: string | undefined
  readonly matches: NameMatcher
}

/** One key of a snapshot, as it is when its turn comes. */
export interface SnapshotValue {
  readonly key: string
  readonly value: unknown
  readonly from: string | null
}

/** Where a snapshot's values come from: the keys at its start, each value as it is when its turn comes. */
export interface SnapshotSource {
  readonly channel: string
  readonly keys: readonly string[]
  /** Undefined where the key has no value any more. */
  readonly valueOf: (key: string) => SnapshotValue | undefined
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

/** Bytes above which a snapshot waits for its reader. */
const snapshotAheadBytes = 64 * 1024

/** Keys of one part of a snapshot: some 30 KB, so that the loop is never held by a large cluster state. */
const snapshotKeys = 500

export interface EventStreamOptions {
  readonly sink: Sink
  readonly form: StreamForm
  readonly filter: StreamFilter
  /** Events that follow one another within this time leave in one write; the first one after quiet leaves at once. */
  readonly gatherMs: number
  readonly clock: Clock
  /** The number of the latest event. */
  readonly lastNumber: () => number
  /** Called when more waits for this subscriber than may wait for long. */
  readonly onLag: () => void
  /** Called once, when the subscriber is gone or was dropped because it did not read. */
  readonly onEnd: (dropped: boolean) => void
}

/** One subscriber. */
export class EventStream {
  readonly filter: StreamFilter
  readonly #options: EventStreamOptions
  #ended = false
  #isStalled = false
  /** While a snapshot is under way no event has a number: whoever breaks off then has to begin anew. */
  #isNumbered = true
  #gathered: string[] = []
  #gatheredBytes = 0
  #cancelGathering: Cancel | undefined

  constructor(options: EventStreamOptions) {
    this.filter = options.filter
    this.#options = options
    options.sink.onClose(() => this.#end(false))
  }

  wants(told: ToldEvent): boolean {
    const { types, channel, matches } = this.filter
    if (!types.has(told.type)) return false
    const { event } = told
    if (event.type === 'member' || event.type === 'alarm') return true
    return (channel === undefined || channel === event.channel) && matches(event.key)
  }

  /** Bytes that wait in this process for the subscriber to read. */
  get waitingBytes(): number {
    return this.#options.sink.waitingBytes() + this.#gatheredBytes
  }

  tell(told: ToldEvent): void {
    const text = this.#options.form.event(told, this.#isNumbered)
    if (text !== undefined) this.write(text)
  }

  /** Hands text on, or drops the subscriber where too much waits for it already. */
  write(text: string): void {
    if (this.#ended) return
    if (this.waitingBytes + text.length > burstMaxBytes) {
      this.drop()
      return
    }
    this.#gathered.push(text)
    this.#gatheredBytes += text.length
    if (this.#cancelGathering === undefined) {
      this.#flush()
      this.#gather()
    }
    if (this.waitingBytes > waitingMaxBytes) this.#watchStall()
  }

  ping(): void {
    if (!this.#ended) this.#options.sink.ping()
  }

  /** What happened since the subscriber was last here. */
  replay(events: readonly ToldEvent[]): void {
    for (const told of events) if (this.wants(told)) this.tell(told)
  }

  /**
   * Sends the cluster state in parts, as fast as the subscriber reads. A value is looked up when its part is written, so a change
   * that overtakes the snapshot is never undone by it.
   */
  async sendSnapshot(sources: readonly SnapshotSource[]): Promise<void> {
    const { form, lastNumber } = this.#options
    this.#isNumbered = false
    for (const [index, { channel, keys, valueOf }] of sources.entries()) {
      for (let at = 0; at < Math.max(1, keys.length); at += snapshotKeys) {
        const values = keys.slice(at, at + snapshotKeys).map(valueOf)
        const known = values.filter((value) => value !== undefined)
        const more = at + snapshotKeys < keys.length
        const isLast = !more && index === sources.length - 1
        if (isLast) this.#isNumbered = true
        const part = { type: 'snapshot', channel, values: known, more } as const
        for (const text of form.snapshot(part, isLast ? lastNumber() : undefined)) this.write(text)
        if (!(await this.#drained())) return
      }
    }
    this.#isNumbered = true
  }

  /** Says that nothing follows, and closes. */
  close(): void {
    if (this.#ended) return
    for (const text of this.#options.form.end) this.write(text)
    this.#flush()
    this.#options.sink.end()
    this.#end(false)
  }

  /** Ends a subscriber that does not read; what waits for it is let go. */
  drop(): void {
    this.#end(true)
    this.#options.sink.destroy()
  }

  /** Lets events wait for one another, again and again while any come. */
  #gather(): void {
    const { clock, gatherMs } = this.#options
    this.#cancelGathering = clock.after(gatherMs, () => {
      this.#cancelGathering = undefined
      if (this.#gathered.length === 0) return
      this.#flush()
      this.#gather()
    })
  }

  #flush(): void {
    const texts = this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    for (const text of this.#options.form.join(texts)) this.#options.sink.write(text)
    if (this.waitingBytes > waitingMaxBytes) this.#options.onLag()
  }

  /** Drops the subscriber unless it has read within the stall time. */
  #watchStall(): void {
    if (this.#isStalled) return
    this.#isStalled = true
    this.#options.clock.after(stallMaxMs, () => {
      this.#isStalled = false
      if (!this.#ended && this.waitingBytes > waitingMaxBytes) this.drop()
    })
  }

  /** Resolves with true when the subscriber has read, with false when it is gone or was dropped for not reading. */
  #drained(): Promise<boolean> {
    this.#flush()
    if (this.#ended) return Promise.resolve(false)
    if (this.waitingBytes <= snapshotAheadBytes) return Promise.resolve(true)
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(snapshotStallMaxMs, () => this.drop())
      const settle = (): void => {
        cancel()
        resolve(!this.#ended)
      }
      this.#options.sink.whenTaken(settle)
    })
  }

  #end(dropped: boolean): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelGathering?.()
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#options.onEnd(dropped)
  }
}
