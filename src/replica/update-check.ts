import { textOf } from '../runtime/byte-text.ts'
import {
  bytesKind,
  collectedKind,
  deletionKind,
  hasKey,
  hasOrigin,
  hasRightOrigin,
  kindMask,
  rootName,
  skippedKind,
  writerClient,
} from './item-format.ts'
import type { Link } from './history.ts'
import { structsPerDocumentMax, type ReplicaLimits } from './limits.ts'
import type { Standing } from './state-hash.ts'
import { emptyUpdate } from './tail.ts'
import { Fault, UpdateReader, type UpdateFault } from './update-reader.ts'

/** What the check must know of the document that a run shall be applied to. */
export interface Ground {
  readonly clock: number
  readonly keyCount: number
  readonly structCount: number
  has(key: string): boolean
  /** The key whose last item ends at this clock. */
  keyEndingAt(clock: number): string | undefined
}

/** What a good run does. */
export interface CheckedRun {
  /** The last item of each key it touches, in the order of their clocks. */
  readonly standings: ReadonlyMap<string, Standing>
  /** The first clock of each of its structs, ascending, and what each comes after. */
  readonly clocks: readonly number[]
  readonly links: readonly Link[]
}

/**
 * Reads the updates of a run from the clock of `ground` to clock `end`, strictly, in the place of Yjs, which allocates what a few
 * bytes declare, takes foreign clients and roots in for ever, and applies half of what it then throws at. Only what
 * `encodeTail` can have written passes. Never throws.
 */
export function checkRun(
  ground: Ground,
  updates: readonly Uint8Array[],
  end: number,
  limits: ReplicaLimits,
): CheckedRun | UpdateFault {
  if (end === 0) return isEmptyRun(updates) ? { standings: new Map(), clocks: [], links: [] } : 'wrong-end'
  const check = new RunCheck(ground, end, limits)
  try {
    for (const update of updates) check.readUpdate(update)
    return check.finish()
  } catch (error) {
    if (error instanceof Fault) return error.fault
    throw error
  }
}

function isEmptyRun(updates: readonly Uint8Array[]): boolean {
  return updates.length === 1 && updates[0] !== undefined && Buffer.compare(updates[0], emptyUpdate) === 0
}

/** The name of the root map, as the update holds it. */
const rootNameBytes = rootName.length
const rootNameLetter = rootName.charCodeAt(0)

class RunCheck {
  readonly #ground: Ground
  readonly #start: number
  readonly #end: number
  readonly #limits: ReplicaLimits
  readonly #latest = new Map<string, Standing>()
  /** The keys of this run by the last clock of their last items: what the next item of the key must name as its origin. */
  readonly #keyAt = new Map<number, string>()
  /** The keys whose last item so far is a deletion. */
  readonly #deleted = new Set<string>()
  readonly #clocks: number[] = []
  readonly #links: Link[] = []
  #clock: number
  #newKeys = 0
  #structs = 0

  constructor(ground: Ground, end: number, limits: ReplicaLimits) {
    this.#ground = ground
    this.#start = ground.clock
    this.#clock = ground.clock
    this.#end = end
    this.#limits = limits
  }

  readUpdate(update: Uint8Array): void {
    const reader = new UpdateReader(update)
    if (reader.number() !== 1) throw new Fault('foreign-client')
    const structs = reader.number()
    if (structs === 0) throw new Fault('no-items')
    this.#structs += structs
    const isTooMuch = this.#ground.structCount + this.#structs > structsPerDocumentMax(this.#limits)
    if (structs > this.#limits.structsPerUpdateMax || isTooMuch) throw new Fault('too-many-items')
    if (reader.number() !== writerClient) throw new Fault('foreign-client')
    if (reader.number() !== this.#clock) throw new Fault('wrong-clock')
    for (let index = 0; index < structs; index += 1) this.#readStruct(reader)
    if (reader.number() !== 0) throw new Fault('delete-set')
    if (!reader.isAtEnd) throw new Fault('trailing-bytes')
  }

  finish(): CheckedRun {
    if (this.#clock !== this.#end) throw new Fault('wrong-end')
    if (this.#deleted.size > 0) throw new Fault('missing-value')
    return { standings: this.#latest, clocks: this.#clocks, links: this.#links }
  }

  #readStruct(reader: UpdateReader): void {
    const info = reader.byte()
    const kind = info & kindMask
    if (kind === collectedKind || kind === skippedKind) throw new Fault('collected-item')
    if (kind !== deletionKind && kind !== bytesKind) throw new Fault('foreign-content')
    if ((info & hasRightOrigin) !== 0) throw new Fault('right-origin')
    if ((info & hasKey) === 0) throw new Fault('foreign-parent')
    this.#clocks.push(this.#clock)
    const key = (info & hasOrigin) === 0 ? this.#readNewKey(reader) : this.#readOrigin(reader)
    const value = kind === bytesKind ? reader.bytes(this.#limits.valueMaxBytes, 'value-too-long') : undefined
    const clocks = value === undefined ? reader.number() : 1
    if (clocks === 0) throw new Fault('malformed-deletion')
    if (clocks > this.#end - this.#clock) throw new Fault(value === undefined ? 'malformed-deletion' : 'wrong-end')
    const last = this.#clock + clocks - 1
    this.#latest.set(key, { clock: this.#clock, value: value === undefined ? '' : textOf(value) })
    if (value === undefined) this.#deleted.add(key)
    else this.#deleted.delete(key)
    this.#keyAt.set(last, key)
    this.#clock = last + 1
  }

  #readNewKey(reader: UpdateReader): string {
    if (reader.number() !== 1) throw new Fault('foreign-parent')
    if (reader.number() !== rootNameBytes || reader.byte() !== rootNameLetter) throw new Fault('foreign-parent')
    const key = reader.text(this.#limits.keyMaxBytes, 'malformed-key')
    if (key === '') throw new Fault('malformed-key')
    if (this.#ground.has(key) || this.#latest.has(key)) throw new Fault('repeated-key')
    this.#links.push(key)
    this.#newKeys += 1
    if (this.#ground.keyCount + this.#newKeys > this.#limits.keysPerDocumentMax) throw new Fault('too-many-keys')
    return key
  }

  #readOrigin(reader: UpdateReader): string {
    if (reader.number() !== writerClient) throw new Fault('foreign-origin')
    const origin = reader.number()
    const key = origin < this.#start ? this.#ground.keyEndingAt(origin) : this.#keyAt.get(origin)
    if (key === undefined) throw new Fault('stale-origin')
    if (origin < this.#start && this.#latest.has(key)) throw new Fault('stale-origin')
    if (origin >= this.#start) {
      this.#keyAt.delete(origin)
      // What stands last is to be last in order, too.
      this.#latest.delete(key)
    }
    this.#links.push(origin)
    return key
  }
}
