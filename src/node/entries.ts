import type { Clock } from '../runtime/clock.ts'
import { Failure } from '../runtime/failure.ts'
import { limits } from '../protocol/limits.ts'
import type { EntryChange } from '../replica/change.ts'
import type { Received, Speaker } from '../replica/receiver.ts'
import type { Replica } from '../replica/replica.ts'
import type { Transfer } from '../replica/transfer.ts'
import type { Difference } from '../state/cluster-state.ts'
import type { EntityId } from '../state/entity-id.ts'
import { isStamp, stampWallMs, type Stamp } from '../state/stamp.ts'
import type { Life } from '../state/version.ts'
import type { Counters } from './counters.ts'
import type { ChangeEvent, EntryEvent } from './events.ts'
import type { Fold, ReadEntry } from './fold.ts'
import { Outbox, type PendingChanges } from './outbox.ts'
import { StampClock } from './stamp-clock.ts'

export interface EntriesParts {
  readonly entity: EntityId
  readonly clock: Clock
  readonly counters: Counters
  readonly coalesceMs: number
  readonly folds: ReadonlyMap<string, Fold>
  readonly makeReplica: (onChange: (change: EntryChange) => void) => Replica
  /** Gossips steps of own documents; resolves when they are handed over. */
  readonly publish: (transfers: readonly Transfer[]) => Promise<void>
  /** Wall-clock milliseconds at which an entity's present life began; undefined where it is not known. */
  readonly bornMs: (entity: EntityId) => number | undefined
  readonly tellChange: (change: ChangeEvent) => void
  readonly tellEntry: (change: EntryEvent) => void
}

/** A batch for one write of the replica: more would not fit in one gossiped message. */
const batchMaxChanges = 1024
const batchMaxBytes = 49_152

/** What all entities say, and what follows from it: own writes go out, others' come in, both are folded. */
export class Entries {
  readonly replica: Replica
  readonly #parts: EntriesParts
  readonly #outbox: Outbox
  readonly #stamps = new StampClock()
  readonly #startedAtMs: number
  #ownEntries = 0

  constructor(parts: EntriesParts) {
    this.#parts = parts
    this.#startedAtMs = parts.clock.wallMs()
    this.replica = parts.makeReplica((change) => this.#replicaChanged(change))
    this.#outbox = new Outbox({
      clock: parts.clock,
      coalesceMs: parts.coalesceMs,
      publish: (channel, changes) => this.#flush(channel, changes),
    })
    for (const fold of parts.folds.values()) fold.state.setCounted(parts.entity, true)
  }

  get pending(): number {
    return this.#outbox.size
  }

  get ownEntries(): number {
    return this.#ownEntries
  }

  /** Begins a life of the own entity: its documents start anew, with the entries that stand. */
  begin(life: Life): void {
    void this.#parts.publish(this.replica.begin(life))
  }

  /** Lets waiting changes leave now, not at the end of the coalescing window. */
  flush(): void {
    this.#outbox.flush()
  }

  close(): void {
    this.#outbox.close()
    this.replica.close()
  }

  /**
   * Says an own value, with a stamp that it had where one is given. It counts at once and leaves with the next batch. Returns the bytes to be kept
   * on disk.
   */
  set(channel: string, key: string, value: unknown, stamp?: Stamp): Uint8Array {
    const fold = this.published(channel)
    const fault = fold.channel.validKey(key) ?? fold.channel.validValue(value)
    if (fault !== undefined) throw new Failure('invalid-argument', fault)
    if (stamp !== undefined && !isStamp(stamp)) throw new Failure('invalid-argument', `${String(stamp)} is no stamp`)
    const bytes = fold.encode(value, stamp ?? this.#nextStamp(fold, key))
    if (bytes.length > limits.valueMaxBytes) {
      throw new Failure('limit-reached', `the value of ${key} is over ${limits.valueMaxBytes} bytes`)
    }
    // What counts here is what the others will read: a value that its owner goes on to change is still the one that was set.
    const read = fold.read(bytes)
    if (!read.ok) throw new Failure('invalid-argument', `the codec of ${channel} cannot read what it wrote for ${key}`)
    this.#takeOwn(fold, key, read.value, bytes)
    return bytes
  }

  /** Says again an own entry that was kept on disk, with the stamp it had. False when its bytes are unreadable. */
  restore(channel: string, key: string, bytes: Uint8Array): boolean {
    const fold = this.#parts.folds.get(channel)
    const read = fold?.read(bytes)
    if (fold === undefined || !fold.role.publish || read === undefined || !read.ok) return false
    this.#takeOwn(fold, key, read.value, bytes)
    return true
  }

  /** Takes an own value back; false when there was none. */
  unset(channel: string, key: string): boolean {
    const fold = this.published(channel)
    if (!this.#hasOwn(fold, key)) return false
    this.#takeOwn(fold, key, undefined, undefined)
    return true
  }

  /** A step of somebody's document arrived, by gossip or from a pull. */
  receive(transfer: Transfer, speaker: Speaker): Received {
    const received = this.replica.receive(transfer, speaker)
    const { counters } = this.#parts
    if (received.kind === 'applied') counters.add('changes_applied', received.changes)
    if (received.kind === 'refused') counters.refuse(received.reason)
    else counters.add(`transfers_${received.kind.replaceAll('-', '_')}`)
    return received
  }

  /** An entity's entries count from now on, or no longer. */
  setCounted(entity: EntityId, counted: boolean): void {
    for (const fold of this.#parts.folds.values()) this.#tell(fold, fold.state.setCounted(entity, counted), entity)
  }

  /** An open channel that this node may write. */
  published(channel: string): Fold {
    const fold = this.open(channel)
    if (!fold.role.publish) {
      throw new Failure('channel-closed', `this node does not publish ${channel}: it only subscribes it`)
    }
    return fold
  }

  open(channel: string): Fold {
    const fold = this.#parts.folds.get(channel)
    if (fold !== undefined) return fold
    const known = [...this.#parts.folds.keys()].join(', ')
    throw new Failure('channel-closed', `no channel "${channel}" is open here; open are: ${known}`)
  }

  /** Whether an own entry of this key is kept on disk. */
  isPersistent(channel: string, key: string): boolean {
    return this.open(channel).channel.persistent(key)
  }

  #nextStamp(fold: Fold, key: string): Stamp {
    return this.#stamps.next(this.#parts.clock.wallMs(), fold.state.latestStamp(key, this.#parts.entity))
  }

  #hasOwn(fold: Fold, key: string): boolean {
    return fold.state.entryOf(this.#parts.entity, key) !== undefined
  }

  #takeOwn(fold: Fold, key: string, entry: ReadEntry | undefined, bytes: Uint8Array | undefined): void {
    const known = this.#hasOwn(fold, key)
    if (!known && entry !== undefined && this.#ownEntries >= limits.entriesPerEntityMax) {
      throw new Failure('limit-reached', `one server may hold ${limits.entriesPerEntityMax} entries; unset some first`)
    }
    if (!known && entry !== undefined) this.#ownEntries += 1
    if (known && entry === undefined) this.#ownEntries -= 1
    // First of all on its way: a listener that is told may write the key again, and this value must not follow that one.
    this.#outbox.add(fold.channel.name, key, bytes)
    this.#fold(fold, this.#parts.entity, key, entry)
  }

  async #flush(channel: string, changes: PendingChanges): Promise<void> {
    const { counters } = this.#parts
    for (const batch of batchesOf(changes)) {
      counters.add('batches_published')
      counters.add('changes_published', batch.size)
      await this.#parts.publish(this.replica.write(channel, batch))
    }
  }

  /** The replica holds another value for an entity than before; own ones are folded when they are said. */
  #replicaChanged({ entity, channel, key, after }: EntryChange): void {
    const fold = this.#parts.folds.get(channel)
    if (fold === undefined || entity === this.#parts.entity) return
    const read = after === undefined ? undefined : fold.read(after)
    const entry = read?.ok === true ? read.value : undefined
    if (entry !== undefined) this.#stamps.hear(entry.stamp, this.#parts.clock.wallMs())
    this.#fold(fold, entity, key, entry)
  }

  #fold(fold: Fold, entity: EntityId, key: string, entry: ReadEntry | undefined): void {
    const before = fold.state.entryOf(entity, key)?.value
    const differences = fold.apply(entity, key, entry)
    const delayMs = entry === undefined ? undefined : this.#delayMs(entity, entry)
    this.#parts.tellEntry({ channel: fold.channel.name, key, entity, before, after: entry?.value, delayMs })
    this.#tell(fold, differences, entity)
  }

  /** A write of another life, or of before this node's start, was not on its way here: nothing is said of its delay. */
  #delayMs(entity: EntityId, { stamp }: ReadEntry): number | undefined {
    if (entity === this.#parts.entity) return undefined
    const writtenMs = stampWallMs(stamp)
    if (writtenMs < Math.max(this.#startedAtMs, this.#parts.bornMs(entity) ?? Infinity)) return undefined
    return Math.max(0, this.#parts.clock.wallMs() - writtenMs)
  }

  #tell(fold: Fold, differences: readonly Difference<unknown>[], by: EntityId): void {
    for (const { key, before, after } of differences) {
      this.#parts.tellChange({ channel: fold.channel.name, key, before, after, by, ...fold.since(key) })
    }
  }
}

function* batchesOf(changes: PendingChanges): Generator<PendingChanges> {
  let batch: PendingChanges = new Map()
  let bytes = 0
  for (const [key, value] of changes) {
    const size = Buffer.byteLength(key) + (value?.length ?? 0)
    if (batch.size >= batchMaxChanges || (batch.size > 0 && bytes + size > batchMaxBytes)) {
      yield batch
      batch = new Map()
      bytes = 0
    }
    batch.set(key, value)
    bytes += size
  }
  if (batch.size > 0) yield batch
}
