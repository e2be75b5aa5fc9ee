import type { Node } from '../node/node.ts'
import { every, type Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { EventRing } from './event-ring.ts'
import { EventStream, type SnapshotSource, type StreamFilter } from './event-stream.ts'
import type { EventType } from './shapes.ts'
import type { Sink } from './sink.ts'
import { ariForm, sseForm, type StreamForm } from './stream-form.ts'
import { ToldEvent, type MakeEvent } from './told-event.ts'

/** Streams at once: a page and a script or two each for a handful of people. */
const streamsMax = 64

/** Bytes that may wait for all subscribers together; beyond, the one for which most waits is dropped. */
const waitingTotalMaxBytes = 64 * 1024 * 1024

/** A line is sent this often where nothing happens, so that dead subscribers are noticed and proxies keep the connection. */
const pingMs = 15_000

/** Events kept for subscribers that come back: some 3 MB, and eight seconds of a thousand changes a second. */
const keptEvents = 8192

/** Where a subscriber begins. */
export interface StreamStart {
  readonly filter: StreamFilter
  /** Whether the cluster state is sent first. */
  readonly snapshot: boolean
  /** The last event that it has seen: what followed is sent again, or everything where that is no longer known. */
  readonly lastEventId: string | undefined
  /** Events of so many milliseconds may leave together. */
  readonly gatherMs: number
}

/** Listens to the node once and tells all streams. */
export class EventHub {
  readonly #node: Node
  readonly #clock: Clock
  readonly #streams = new Set<EventStream>()
  readonly #names = new Map<string, string>()
  readonly #closing = new AbortController()
  readonly #ring = new EventRing(keptEvents)
  readonly #run: string
  #lastNumber = 0
  #dropped = 0

  constructor(node: Node, clock: Clock) {
    this.#node = node
    this.#clock = clock
    this.#run = Math.floor(clock.wallMs()).toString(36)
    for (const member of node.members()) this.#names.set(member.entity, member.name)
    this.#listen()
  }

  /** Refuses one subscriber too many, before the first byte. */
  admit(): void {
    if (this.#streams.size < streamsMax) return
    throw new Failure('limit-reached', `${streamsMax} event streams are open already: close one of them first`)
  }

  /** Serves a subscriber of server-sent events until it leaves, is dropped, or the hub closes. */
  openEvents(sink: Sink, start: StreamStart): void {
    // Without a word of its own a new subscriber would have no number to come back with before the first event.
    const isNew = !start.snapshot && start.lastEventId === undefined
    const id = isNew ? `id: ${this.#run}-${this.#lastNumber}\n` : ''
    this.#open(sink, sseForm(this.#run), start, `retry: 1000\n${id}\n`)
  }

  /** The same for one that wants the objects of Asterisk's REST interface. */
  openAri(sink: Sink, start: StreamStart): void {
    const timestamp = (): string => new Date(this.#clock.wallMs()).toISOString()
    this.#open(sink, ariForm(this.#run, this.#node.entity, timestamp), start)
  }

  /** How many streams are open on one of the devices. */
  watchersOf(devices: readonly string[]): number {
    let watchers = 0
    for (const { filter } of this.#streams) {
      const sees = filter.types.has('change') && (filter.channel ?? 'device_state') === 'device_state'
      if (sees && devices.some((device) => filter.matches(device))) watchers += 1
    }
    return watchers
  }

  stats(): Readonly<Record<string, number>> {
    return { event_streams_open: this.#streams.size, event_streams_dropped: this.#dropped }
  }

  close(): void {
    this.#closing.abort()
    for (const stream of this.#streams) stream.close()
  }

  #open(
    sink: Sink,
    form: StreamForm,
    { filter, snapshot, lastEventId, gatherMs }: StreamStart,
    greeting?: string,
  ): void {
    const stream: EventStream = new EventStream({
      sink,
      form,
      filter,
      gatherMs,
      clock: this.#clock,
      lastNumber: () => this.#lastNumber,
      onLag: () => this.#dropGreediest(),
      onEnd: (dropped) => {
        this.#streams.delete(stream)
        if (dropped) this.#dropped += 1
      },
    })
    this.#streams.add(stream)
    if (greeting !== undefined) stream.write(greeting)
    const missed = lastEventId === undefined ? undefined : this.#after(lastEventId)
    if (missed !== undefined) {
      stream.replay(missed)
      return
    }
    if (lastEventId !== undefined) for (const text of form.reset) stream.write(text)
    if (snapshot || lastEventId !== undefined) void stream.sendSnapshot(this.#snapshotSources(filter))
  }

  #after(id: string): ToldEvent[] | undefined {
    const [run, number] = id.split('-', 2)
    return run === this.#run && /^\d{1,15}$/.test(number ?? '')
      ? this.#ring.after(Number(number), this.#lastNumber)
      : undefined
  }

  #dropGreediest(): void {
    for (;;) {
      const streams = [...this.#streams].map((stream) => ({ stream, bytes: stream.waitingBytes }))
      const total = streams.reduce((sum, { bytes }) => sum + bytes, 0)
      if (total <= waitingTotalMaxBytes) return
      const [greediest] = streams.sort((a, b) => b.bytes - a.bytes)
      greediest?.stream.drop()
    }
  }

  #snapshotSources({ channel, matches }: StreamFilter): SnapshotSource[] {
    const channels = this.#node.channels().filter((view) => view.subscribe)
    const chosen = channels.filter((view) => channel === undefined || view.channel === channel)
    return chosen.map(({ channel: name }) => ({
      channel: name,
      keys: this.#node
        .list(name)
        .map(({ key }) => key)
        .filter(matches),
      valueOf: (key) => {
        const value: unknown = this.#node.get(name, key)
        return value === undefined ? undefined : { key, value, from: this.#speaker(name, key) }
      },
    }))
  }

  #speaker(channel: string, key: string): string | null {
    return this.#node.speakers(channel, key)[0] ?? null
  }

  #listen(): void {
    const { signal } = this.#closing
    const node = this.#node
    const nameOf = (entity: string): string | null => this.#names.get(entity) ?? null
    const listen: Node['addEventListener'] = (name, listener) => node.addEventListener(name, listener, { signal })
    listen('change', ({ detail }) =>
      this.#tell('change', (timestamp) => {
        const from = this.#speaker(detail.channel, detail.key)
        return { type: 'change', timestamp, ...nulled(detail), byName: nameOf(detail.by), from }
      }),
    )
    listen('entry', ({ detail }) =>
      this.#tell('entry', (timestamp) => {
        const delayMs = detail.delayMs ?? null
        return { type: 'entry', timestamp, ...nulled(detail), delayMs, entityName: nameOf(detail.entity) }
      }),
    )
    listen('member', ({ detail }) => {
      this.#names.set(detail.entity, detail.name)
      this.#tell('member', (timestamp) => ({ type: 'member', timestamp, ...detail, from: detail.from ?? null }))
    })
    listen('alarm', ({ detail }) =>
      this.#tell('alarm', (timestamp) => ({ type: 'alarm', timestamp, ...detail, entity: detail.entity ?? null })),
    )
    const stopPings = every(this.#clock, pingMs, () => {
      for (const stream of this.#streams) stream.ping()
    })
    signal.addEventListener('abort', stopPings)
  }

  #tell(type: EventType, make: MakeEvent): void {
    this.#lastNumber += 1
    const wallMs = this.#clock.wallMs()
    const told = new ToldEvent({ run: this.#run, number: this.#lastNumber, type, wallMs, make })
    this.#ring.add(told)
    for (const stream of this.#streams) if (stream.wants(told)) stream.tell(told)
  }
}

function nulled<Event extends { readonly before: unknown; readonly after: unknown }>(event: Event): Event {
  return { ...event, before: event.before ?? null, after: event.after ?? null }
}
