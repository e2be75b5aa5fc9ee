import type { Traffic } from './memory-hub-options.ts'
import { bytesOf, type Parcel, type WireEnd } from './memory-wire.ts'

const noTraffic = (): Traffic => ({ bytes: 0, parcels: 0, messages: 0 })

/** Counts what a hub's wires carry, by path and in all. */
export class TrafficCount {
  readonly total: Readonly<Traffic>
  readonly #total = noTraffic()
  readonly #paths = new Map<string, Traffic>()
  readonly #topics = new Map<string, Traffic>()
  readonly #overheadBytes: number

  constructor(overheadBytes: number) {
    this.#overheadBytes = overheadBytes
    this.total = this.#total
  }

  add(end: WireEnd, parcel: Parcel): void {
    // The path's name would cost more than all the rest.
    end.traffic ??= this.#path(end.owner.host.name, end.other.owner.host.name)
    const bytes = this.#overheadBytes + bytesOf(parcel)
    const messages = parcel.kind === 'gossip' ? 1 : 0
    count(end.traffic, bytes, messages)
    count(this.#total, bytes, messages)
    if (parcel.kind === 'gossip') count(known(this.#topics, parcel.topic), bytes, 1)
  }

  /** What was gossiped in the topics with such an ending. */
  gossiped(ending: string): Readonly<Traffic> {
    const sum = noTraffic()
    for (const [topic, { bytes, messages, parcels }] of this.#topics) {
      if (!topic.endsWith(ending)) continue
      sum.bytes += bytes
      sum.messages += messages
      sum.parcels += parcels
    }
    return sum
  }

  /** From one host to another. */
  between(from: string, to: string): Readonly<Traffic> {
    return this.#paths.get(`${from}>${to}`) ?? noTraffic()
  }

  #path(from: string, to: string): Traffic {
    return known(this.#paths, `${from}>${to}`)
  }
}

/** The count under this name; begun where there is none. */
function known(counts: Map<string, Traffic>, name: string): Traffic {
  const before = counts.get(name)
  if (before !== undefined) return before
  const begun = noTraffic()
  counts.set(name, begun)
  return begun
}

function count(traffic: Traffic, bytes: number, messages: number): void {
  traffic.bytes += bytes
  traffic.parcels += 1
  traffic.messages += messages
}
