import type { Clock } from '../runtime/clock.ts'
import type { Random } from '../runtime/random.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Store, StoreWrite } from '../storage/store.ts'
import { Disk, unlessOwed } from './disk.ts'
import type { Tell } from './events.ts'
import { incarnationWrite, lifeAfter } from './identity.ts'
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

export interface MemoryParts {
  readonly store: Store
  readonly clock: Clock
  /** Whose memory it is. */
  readonly entity: EntityId
  readonly tell: Tell
}

/**
 * The node's memory on disk. What others are called and where they are is written as it comes up, and nobody waits for it: to lose it costs a
 * slower start. What must not be lost is awaited by whoever writes it.
 */
export class Memory {
  readonly #parts: MemoryParts
  readonly #disk: Disk
  readonly #peers = new Map<PeerId, string>()
  /** Keys of own entries that are on disk, with their channels. */
  readonly #kept = new Set<string>()
  #unwritten: Promise<void> = Promise.resolve()

  constructor(parts: MemoryParts) {
    this.#parts = parts
    this.#disk = new Disk({ ...parts, ails: (why) => this.#ails(why) })
  }

  async recall(): Promise<Remembered> {
    const { store } = this.#parts
    const [bindings, peers, entries] = await Promise.all([readBindings(store), readPeers(store), readEntries(store)])
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

  /**
   * An own entry that must survive, or undefined for one that must not; resolves when that is so.
   *
   * @throws Failure `not-kept` while the disk takes nothing
   */
  async entry(channel: string, key: string, bytes: Uint8Array | undefined): Promise<void> {
    const name = `${channel}/${key}`
    if (bytes !== undefined) this.#kept.add(name)
    else if (!this.#kept.delete(name)) return
    await this.#disk.write([entryWrite(channel, key, bytes)])
  }

  /**
   * The life after `above`. It begins even where the disk does not take it: a node whose lamps count nowhere is worse than a restart that
   * has to learn of it from the others.
   */
  async nextLife(sources: { readonly clock: Clock; readonly random: Random }, above: number): Promise<Life> {
    const life = lifeAfter(above, sources)
    await this.#disk.write([incarnationWrite(life)]).catch(unlessOwed)
    return life
  }

  /** How many records wait for the disk. */
  get owed(): number {
    return this.#disk.owed
  }

  /** The alarm about this node's disk, while it takes nothing. */
  alarms(): string[] {
    const why = this.#disk.why
    return why === undefined ? [] : [sentenceOf(why)]
  }

  /**
   * Resolves when all that was learnt until now is on disk.
   *
   * @throws Failure `not-kept` while the disk takes nothing
   */
  async written(): Promise<void> {
    await this.#unwritten
    if (this.#disk.failure !== undefined) throw this.#disk.failure
  }

  async close(): Promise<void> {
    await this.#unwritten
    await this.#disk.close()
  }

  #write(...writes: StoreWrite[]): void {
    const write = this.#disk.write(writes).catch(unlessOwed)
    this.#unwritten = this.#unwritten.then(() => write)
  }

  #ails(why: string | undefined): void {
    const { entity, tell } = this.#parts
    const sentence = why === undefined ? 'the disk takes everything again' : sentenceOf(why)
    tell('alarm', { kind: 'not-kept', entity, sentence, phase: why === undefined ? 'over' : 'begun' })
  }
}

const sentenceOf = (why: string): string => {
  return `Nothing can be kept on disk: ${why}. What this node says counts all the same, but until it is written a restart would lose it`
}
