import type { EndEvent, ResetEvent, SnapshotEvent, StreamedEvent } from '../shapes.ts'

/** `lost`: what is shown may be old. */
export type LinkStanding = 'connecting' | 'live' | 'lost'

export interface LiveHandlers {
  event(event: StreamedEvent): void
  snapshot(part: SnapshotEvent): void
  /** What is known may be wrong from here on, until snapshots have told everything again. */
  reset(): void
  standing(standing: LinkStanding): void
}

/**
 * In a storm the page gets ten pieces a second: nobody sees more, and each piece wakes three processes of the browser, beside a node that
 * has other work.
 */
const path = '/api/v1/events?snapshot=1&types=change,member,alarm&gatherMs=100'

/** Browsers come back by themselves after a break, but not after an answer that was no stream. */
const retryFirstMs = 1000
const retryLastMs = 10_000

/** The event stream. After a break the browser names the last event it saw, and the node sends what was missed, or all anew. */
export class Live {
  readonly #handlers: LiveHandlers
  #source: EventSource | undefined
  #retryMs = retryFirstMs
  /** No part of a snapshot came over this connection yet. */
  #isFresh = true

  constructor(handlers: LiveHandlers) {
    this.#handlers = handlers
    this.#open()
  }

  /** Breaks the connection off and makes another: for one that says nothing and does not know that it is dead. */
  renew(): void {
    this.#source?.close()
    this.#handlers.standing('lost')
    this.#open()
  }

  #open(): void {
    const source = new EventSource(path)
    this.#source = source
    source.addEventListener('open', () => {
      this.#retryMs = retryFirstMs
      this.#isFresh = true
      this.#handlers.standing('live')
    })
    source.addEventListener('error', () => {
      this.#handlers.standing('lost')
      if (source.readyState !== EventSource.CLOSED) return
      setTimeout(() => {
        if (this.#source === source) this.renew()
      }, this.#retryMs)
      this.#retryMs = Math.min(retryLastMs, this.#retryMs * 2)
    })
    const take = ({ data }: MessageEvent<string>): void => this.#take(JSON.parse(data) as Told)
    for (const type of ['change', 'member', 'alarm', 'snapshot', 'reset', 'end']) source.addEventListener(type, take)
  }

  #take(event: Told): void {
    switch (event.type) {
      case 'snapshot':
        if (this.#isFresh) this.#handlers.reset()
        this.#isFresh = false
        this.#handlers.snapshot(event)
        return
      case 'reset':
        this.#handlers.reset()
        return
      case 'end':
        this.#handlers.standing('lost')
        return
      case 'change':
      case 'entry':
      case 'member':
      case 'alarm':
        this.#handlers.event(event)
    }
  }
}

type Told = StreamedEvent | SnapshotEvent | ResetEvent | EndEvent
