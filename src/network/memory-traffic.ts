import type { Traffic } from './memory-hub-options.ts'
import { bytesOf, type Parcel, type WireEnd } from './memory-wire.ts'

const noTraffic = (): Traffic => ({ bytes: 0, parcels: 0, messages: 0 })

/** Counts what a hub's wires carry, by path and in all. */
export class TrafficCount {
  readonly total: Readonly<Traffic>
  readonly #total = noTraffic()
  readonly #paths = new Map<string, Traffic>()
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
  }

  /** From one host to another. */
  between(from: string, to: string): Readonly<Traffic> {
    return this.#paths.get(`${from}>${to}`) ?? noTraffic()
  }

  #path(from: string, to: string): Traffic {
    const path = `${from}>${to}`
    const traffic = this.#paths.get(path) ?? noTraffic()
    this.#paths.set(path, traffic)
    return traffic
  }
}

function count(traffic: Traffic, bytes: number, messages: number): void {
  traffic.bytes += bytes
  traffic.parcels += 1
  traffic.messages += messages
}
