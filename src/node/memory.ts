import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Random } from '../runtime/random.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Store, StoreWrite } from '../storage/store.ts'
import { beginLife } from './identity.ts'
import {
  bindingRemoval,
  bindingWrite,
  entryWrite,
  peerRemoval,
  peerWrite,
  readBindings,
  readEntries,
  readPeers,
  type BindingRecord,
  type EntryRecord,
  type PeerRecord,
} from './records.ts'

/** What a node remembers from one life to the next. */
export interface Remembered {
  readonly bindings: readonly BindingRecord[]
  readonly peers: readonly PeerRecord[]
  readonly entries: readonly EntryRecord[]
}

/**
 * The node's memory on disk. What others are called and where they are is written as it comes up, and a failure to do so is
 * only told: it costs a slower start. What must not be lost is awaited by whoever writes it.
 */
export class Memory {
  readonly #store: Store
  readonly #log: Log
  readonly #peers = new Map<PeerId, string>()
  /** Keys of own entries that are on disk, with their channels. */
  readonly #kept = new Set<string>()
  #unwritten: Promise<void> = Promise.resolve()

  constructor(store: Store, log: Log) {
    this.#store = store
    this.#log = log
  }

  async recall(): Promise<Remembered> {
    const [bindings, peers, entries] = await Promise.all([
      readBindings(this.#store),
      readPeers(this.#store),
      readEntries(this.#store),
    ])
    for (const { peer, addresses } of peers) this.#peers.set(peer, addresses.join())
    for (const { channel, key } of entries) this.#kept.add(`${channel}/${key}`)
    return { bindings, peers, entries }
  }

  binding(binding: BindingRecord): void {
    this.#write(bindingWrite(binding))
  }

  /** Nothing of an entity need be remembered any more. */
  release(entity: EntityId): void {
    this.#write(bindingRemoval(entity))
  }

  /** A peer need not be looked for any more. */
  forgetPeer(peer: PeerId): void {
    if (this.#peers.delete(peer)) this.#write(peerRemoval(peer))
  }

  /** Addresses under which a member was last announced. Heartbeats repeat them, so only news is written. */
  peer(record: PeerRecord): void {
    const addresses = record.addresses.join()
    if (this.#peers.get(record.peer) === addresses) return
    this.#peers.set(record.peer, addresses)
    this.#write(peerWrite(record))
  }

  /** An own entry that must survive, or undefined for one that must not; resolves when that is so. */
  async entry(channel: string, key: string, bytes: Uint8Array | undefined): Promise<void> {
    const name = `${channel}/${key}`
    if (bytes !== undefined) this.#kept.add(name)
    else if (!this.#kept.delete(name)) return
    await this.#store.write([entryWrite(channel, key, bytes)])
  }

  nextLife(sources: { readonly clock: Clock; readonly random: Random }, above: number): Promise<Life> {
    return beginLife({ ...sources, store: this.#store }, above)
  }

  /** Resolves when all that was learnt until now is on disk, or could not be written. */
  written(): Promise<void> {
    return this.#unwritten
  }

  async close(): Promise<void> {
    await this.#unwritten
    await this.#store.close()
  }

  #write(...writes: StoreWrite[]): void {
    const write = this.#store.write(writes).catch((cause: unknown) => {
      this.#log.warn('what was learnt of the others could not be written to disk', { cause: String(cause) })
    })
    this.#unwritten = this.#unwritten.then(() => write)
  }
}
