import type { DiskImage as StoredImage } from '../../src/storage/memory-store.ts'
import { MemoryDisk } from '../../src/storage/memory-store.ts'
import type { Server } from '../support/cluster.ts'
import { Said, type DiskImage } from './said.ts'
import type { Watch } from './watch.ts'

/** How the last run of an actor's node ended. */
export type End = 'killed' | 'power' | 'left'

interface Image {
  readonly stored: StoredImage
  readonly written: DiskImage
}

/** Images of earlier disks that are kept; older ones teach nothing new. */
const imagesMax = 4

/** One server of a run, with everything that is known of it beside its node. */
export class Actor {
  readonly place: number
  readonly entity: string
  readonly server: Server
  readonly said: Said = new Said()
  state: 'new' | 'starting' | 'running' | 'dead' = 'new'
  /** How its last run ended, and when. */
  end: End = 'killed'
  endedMs = 0
  startedMs = 0
  isPaused = false
  pausedMs = 0
  /** It lost its disk at least once, and so came back with another key. */
  hasLostKey = false
  /** Once, another machine had its entity ID. */
  wasContested = false
  /** Machines that run with its entity ID beside it. */
  clones = 0
  /** While another machine runs with its entity ID, and until that is forgotten. */
  isContested = false
  watch: Watch | undefined
  /** Grows with each change of what runs there: an end that was planned for an earlier run is void. */
  turn = 0
  /** The run of each incarnation its nodes took. */
  readonly lives: Map<number, number> = new Map()
  readonly #images: Image[] = []

  constructor(place: number, entity: string, server: Server) {
    this.place = place
    this.entity = entity
    this.server = server
  }

  /** Running and not stopped: it can be asked and told. */
  get isAwake(): boolean {
    return this.state === 'running' && !this.isPaused
  }

  keepImage(): void {
    this.#images.push({ stored: this.server.disk.snapshot(), written: this.said.image() })
    if (this.#images.length > imagesMax) this.#images.shift()
  }

  /** The next start finds a disk of so many starts ago. */
  takeOldDisk(back: number): void {
    const image = this.#images.at(-back) ?? this.#images[0]
    if (image === undefined) return
    this.server.disk.restore(image.stored)
    this.said.replaceDisk(image.written)
  }

  loseDisk(): void {
    this.server.disk = new MemoryDisk()
    this.said.replaceDisk(new Map())
    this.hasLostKey = true
  }

  /** The incarnation the node runs in is one of this run. */
  noteLife(): void {
    if (this.state !== 'running' || this.server.node.status !== 'running') return
    const incarnation = this.server.node.members()[0]?.incarnation
    if (incarnation !== undefined) this.lives.set(incarnation, this.said.run)
  }
}
