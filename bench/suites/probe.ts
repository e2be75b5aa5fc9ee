import type { Fleet } from '../fleet/fleet.ts'
import type { WorkerProcess } from '../fleet/worker-process.ts'
import { verify } from '../verification.ts'
import { floorKinds, type FloorKind, type Sighting } from '../worker/protocol.ts'
import { keyOf, valueOf, type Block } from '../worker/workload.ts'

const prefix = 'probe'
const keys = 20

/** Milliseconds from each change to the last other node that showed it, and to each of them. */
export interface Latencies {
  readonly last: number[]
  readonly each: number[]
}

export type Kind = 'convergence' | FloorKind

/** Sends changes and bare messages through one fleet, and knows what must have arrived. */
export class Probe {
  /** Size of a message with one change, as the nodes send it. */
  bytes = 256
  readonly #fleet: Fleet
  readonly #gapMs: number
  readonly #written = new Map<number, number>()

  constructor(fleet: Fleet, gapMs: number) {
    this.#fleet = fleet
    this.#gapMs = gapMs
  }

  async prepare(): Promise<void> {
    const { nodes } = this.#fleet
    const addresses = await Promise.all(nodes.map((node) => node.ask('openFloors', undefined)))
    for (const [at, node] of nodes.entries()) {
      await node.ask('linkFloors', { others: addresses.filter((_, other) => other !== at) })
    }
    // Warm-up: what is compiled and cached only at the second use is not what is asked for.
    for (const kind of ['convergence', ...floorKinds] as const) await this.block(kind, 1, 3 * keys)
    const { stats } = await this.#fleet.node(1).ask('gauge', undefined)
    this.bytes = Math.round((stats['published_bytes'] ?? 0) / (stats['messages_published'] ?? 1))
  }

  block(kind: Kind, writer: number, count: number): Promise<Latencies> {
    return kind === 'convergence' ? this.#changes(writer, count) : this.#messages(kind, writer, count)
  }

  /** Everybody shows what was last written. */
  async verify(): Promise<void> {
    const blocks = this.#blocks()
    await this.#fleet.lastToShow(this.#fleet.nodes, blocks)
    await this.#fleet.verify(blocks)
  }

  async #changes(writer: number, count: number): Promise<Latencies> {
    const [sender, others] = this.#split(writer)
    const from = this.#written.get(writer) ?? 0
    // Whole laps only, so that at the end every key has the value of the last one.
    const whole = Math.ceil(count / keys) * keys
    this.#written.set(writer, from + whole)
    await Promise.all(others.map((node) => node.ask('record', undefined)))
    const writes = { prefix: `${prefix}${writer}`, keys, count: whole, from, gapMs: this.#gapMs }
    const begun = await sender.ask('pace', writes)
    await this.#fleet.lastToShow(others, this.#blocks())
    const seen = await Promise.all(others.map((node) => node.ask('recorded', undefined)))
    const times = seen.map((sightings) => timesOf(sightings, writes.prefix, from, whole))
    return latencies(begun, times)
  }

  async #messages(kind: FloorKind, writer: number, count: number): Promise<Latencies> {
    const [sender, others] = this.#split(writer)
    await Promise.all(others.map((node) => node.ask('floorSeen', undefined)))
    const begun = await sender.ask('paceFloor', { kind, count, gapMs: this.#gapMs, bytes: this.bytes })
    const times: (number | undefined)[][] = []
    for (const node of others) times.push(await arrivals(node, count))
    return latencies(begun, times)
  }

  #split(writer: number): [WorkerProcess, WorkerProcess[]] {
    const sender = this.#fleet.node(writer)
    return [sender, this.#fleet.nodes.filter((node) => node !== sender)]
  }

  /** What every node must show by now. */
  #blocks(): Block[] {
    return [...this.#written].map(([writer, count]) => {
      return { prefix: `${prefix}${writer}`, keys, lap: Math.floor((count - 1) / keys) }
    })
  }
}

/** When each bare message came; asks until the last one has. */
async function arrivals(node: WorkerProcess, count: number): Promise<(number | undefined)[]> {
  const times: (number | undefined)[] = Array.from({ length: count })
  let missing = count
  for (let tries = 0; missing > 0; tries += 1) {
    verify(tries < 1000, `${missing} of ${count} bare messages did not reach ${node.name}`)
    for (const [sequence, atMs] of await node.ask('floorSeen', undefined)) {
      if (times[sequence] === undefined) missing -= 1
      times[sequence] ??= atMs
    }
  }
  return times
}

/** When each change was shown; every one must have been, in the order in which they were written. */
function timesOf(sightings: readonly Sighting[], prefix: string, from: number, count: number): number[] {
  const ofKey = new Map<string, Sighting[]>()
  for (const sighting of sightings) ofKey.set(sighting.key, [...(ofKey.get(sighting.key) ?? []), sighting])
  return Array.from({ length: count }, (_, index) => {
    const at = from + index
    const sighting = ofKey.get(keyOf(prefix, at % keys))?.[Math.floor(index / keys)]
    verify(sighting?.value === valueOf(Math.floor(at / keys)), `change ${at} was not shown as it was written`)
    return sighting.atMs
  })
}

function latencies(begun: readonly number[], times: readonly (readonly (number | undefined)[])[]): Latencies {
  const each = times.map((ofNode) => begun.map((beginMs, index) => (ofNode[index] ?? Number.NaN) - beginMs))
  const last = begun.map((_, index) => Math.max(...each.map((ofNode) => ofNode[index] ?? Number.NaN)))
  verify(last.every(Number.isFinite), 'a message has no time of arrival')
  verify(
    each.flat().every((ms) => ms >= 0),
    'something arrived before it was sent: the clocks are not one',
  )
  return { last, each: each.flat() }
}
