import type { ServerResponse } from 'node:http'
import type { Node } from '../node/node.ts'
import { every, type Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { EventStream, type SnapshotSource, type StreamFilter } from './event-stream.ts'
import { toJson } from './json.ts'
import type { StreamedEvent } from './shapes.ts'

/** Streams at once: a page and a script or two each for a handful of people. Every one may hold a megabyte. */
const streamsMax = 64

/** A line is sent this often where nothing happens, so that dead subscribers are noticed and proxies keep the connection. */
const pingMs = 15_000

/** Listens to the node once and tells all streams. */
export class EventHub {
  readonly #node: Node
  readonly #clock: Clock
  readonly #streams = new Set<EventStream>()
  readonly #names = new Map<string, string>()
  readonly #closing = new AbortController()
  /** In front of each event's number: numbers of another run of the node are not mistaken for this one's. */
  readonly #run: string
  #lastNumber = 0
  #dropped = 0

  constructor(node: Node, clock: Clock) {
    this.#node = node
    this.#clock = clock
    this.#run = Math.floor(clock.wallMs()).toString(36)
    for (const member of node.members()) this.#names.set(member.entity, member.name)
    this.#listen()
    const stopPings = every(clock, pingMs, () => {
      for (const stream of this.#streams) stream.write(': still here\n\n')
    })
    this.#closing.signal.addEventListener('abort', stopPings)
  }

  /** Serves a subscriber until it leaves, is dropped, or the hub closes. Throws before the first byte where it cannot. */
  open(response: ServerResponse, filter: StreamFilter, snapshot: boolean): void {
    if (this.#streams.size >= streamsMax) {
      throw new Failure('limit-reached', `${streamsMax} event streams are open already: close one of them first`)
    }
    const sources = snapshot ? this.#snapshotSources(filter) : []
    const stream: EventStream = new EventStream({
      response,
      filter,
      clock: this.#clock,
      onEnd: (dropped) => {
        this.#streams.delete(stream)
        if (dropped) this.#dropped += 1
      },
    })
    this.#streams.add(stream)
    void stream.sendSnapshot(sources)
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

  #snapshotSources({ channel, matches }: StreamFilter): SnapshotSource[] {
    const channels = this.#node.channels().filter((view) => view.subscribe)
    const chosen = channels.filter((view) => channel === undefined || view.channel === channel)
    return chosen.map(({ channel: name }) => ({
      channel: name,
      keys: this.#node
        .list(name)
        .map(({ key }) => key)
        .filter(matches),
      valueOf: (key) => this.#node.get(name, key),
    }))
  }

  #listen(): void {
    const { signal } = this.#closing
    const node = this.#node
    const nameOf = (entity: string): string | null => this.#names.get(entity) ?? null
    node.addEventListener(
      'change',
      ({ detail }) =>
        this.#tell((timestamp) => ({ type: 'change', timestamp, ...nulled(detail), byName: nameOf(detail.by) })),
      { signal },
    )
    node.addEventListener(
      'entry',
      ({ detail }) =>
        this.#tell((timestamp) => {
          const delayMs = detail.delayMs ?? null
          return { type: 'entry', timestamp, ...nulled(detail), delayMs, entityName: nameOf(detail.entity) }
        }),
      { signal },
    )
    node.addEventListener(
      'member',
      ({ detail }) => {
        this.#names.set(detail.entity, detail.name)
        this.#tell((timestamp) => ({ type: 'member', timestamp, ...detail, from: detail.from ?? null }))
      },
      { signal },
    )
    node.addEventListener(
      'alarm',
      ({ detail }) =>
        this.#tell((timestamp) => ({ type: 'alarm', timestamp, ...detail, entity: detail.entity ?? null })),
      { signal },
    )
  }

  /** Numbers every event, and makes its text only where somebody wants it: a storm costs nothing while nobody looks. */
  #tell(make: (timestamp: string) => StreamedEvent): void {
    this.#lastNumber += 1
    if (this.#streams.size === 0) return
    const event = make(new Date(this.#clock.wallMs()).toISOString())
    let text: string | undefined
    for (const stream of this.#streams) {
      if (!stream.wants(event)) continue
      text ??= `id: ${this.#run}-${this.#lastNumber}\nevent: ${event.type}\ndata: ${toJson(event)}\n\n`
      stream.write(text)
    }
  }
}

function nulled<Event extends { readonly before: unknown; readonly after: unknown }>(event: Event): Event {
  return { ...event, before: event.before ?? null, after: event.after ?? null }
}
