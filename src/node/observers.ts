import { nameMatcher } from '../state/device-name.ts'
import type { ChangeEvent } from './events.ts'
import type { Fold } from './fold.ts'
import { SnapshotSource, type Snapshot } from './snapshot.ts'
import { OpenWatch, type WatchedChange } from './watch.ts'

interface WatchRequest {
  readonly pattern: string
  readonly initial: boolean
  readonly signal: AbortSignal | undefined
}

/** Whoever follows the cluster state of a running node, by watches and by snapshots. */
export class Observers {
  readonly #watches = new Map<string, Set<OpenWatch<unknown>>>()
  readonly #sources = new Map<string, SnapshotSource>()
  readonly #stop = new AbortController()

  /** Aborted when the node stops. */
  get stopped(): AbortSignal {
    return this.#stop.signal
  }

  change(event: ChangeEvent): void {
    this.#sources.get(event.channel)?.change(event)
    for (const watch of this.#watches.get(event.channel) ?? []) watch.change(event)
  }

  watch(fold: Fold, { pattern, initial, signal }: WatchRequest): OpenWatch<unknown> {
    const matches = nameMatcher(pattern)
    const channel = fold.channel.name
    const watches = this.#watches.get(channel) ?? new Set()
    const watch = new OpenWatch<unknown>({
      matches,
      initial: initial ? standing(fold, matches) : [],
      ends: signal === undefined ? [this.stopped] : [this.stopped, signal],
      ended: (ended) => watches.delete(ended),
    })
    if (signal?.aborted === true) return watch
    this.#watches.set(channel, watches.add(watch))
    return watch
  }

  snapshot(fold: Fold): Snapshot {
    const channel = fold.channel.name
    const known = this.#sources.get(channel)
    if (known !== undefined) return known.take()
    const values = [...fold.state.keys()].map((key) => [key, fold.state.get(key)] as const)
    const source = new SnapshotSource(channel, values)
    this.#sources.set(channel, source)
    return source.take()
  }

  close(): void {
    this.#stop.abort()
  }
}

function* standing(fold: Fold, matches: (key: string) => boolean): Generator<[string, WatchedChange]> {
  const channel = fold.channel.name
  for (const key of [...fold.state.keys()].filter(matches).sort()) {
    const after = fold.state.get(key)
    yield [key, { channel, key, before: undefined, after, by: undefined, skipped: 0, ...fold.since(key) }]
  }
}
