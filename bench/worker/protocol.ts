import type { Block } from './workload.ts'

export interface NodeSpec {
  readonly name: string
  readonly entityId: string
  readonly cluster: string
  readonly listen: readonly string[]
  readonly peers: readonly string[]
  readonly dataDirectory: string
}

/** A change of the cluster state as one node showed it. */
export interface Sighting {
  readonly key: string
  /** Null where nobody alive says anything any more. */
  readonly value: string | null
  readonly atMs: number
}

/** A process in numbers, all since its start. */
export interface Gauge {
  readonly atMs: number
  readonly cpuMs: number
  readonly rssBytes: number
  /** Socket bytes of all links, every layer above TCP. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** The node's counters, as `lampfield stats` has them. */
  readonly stats: Readonly<Record<string, number>>
}

/** What a node shows, for the comparison with what was written. */
export interface Shown {
  readonly digest: string
  readonly keys: number
  /** Entity IDs of the members it counts alive, its own included, sorted. */
  readonly alive: readonly string[]
}

export type FloorKind = 'tcp' | 'stream' | 'gossipsub'
export const floorKinds: readonly FloorKind[] = ['tcp', 'stream', 'gossipsub']

export interface FloorAddress {
  readonly tcpPort: number
  readonly libp2p: string
}

export interface Operation<Argument, Answer> {
  readonly argument: Argument
  readonly answer: Answer
}

/** What a worker process can be asked to do, by name. All times are `monotonicMs`. */
export interface Operations {
  readonly clock: Operation<undefined, number>
  /** Makes and starts the node. */
  readonly start: Operation<
    NodeSpec,
    { readonly beginMs: number; readonly addresses: readonly string[]; readonly entity: string }
  >
  /** Leaves cleanly; the time at which it began to. */
  readonly leave: Operation<undefined, number>
  /** Resolves when so many others are alive and linked. */
  readonly linked: Operation<{ readonly others: number; readonly limitMs: number }, number>
  /** Writes one change after another, `gapMs` apart on average; the time of each. */
  readonly pace: Operation<PacedWrites, readonly number[]>
  /** Writes the blocks as fast as the event loop goes round. */
  readonly flood: Operation<
    { readonly blocks: readonly Block[]; readonly perTurn: number },
    { readonly beginMs: number; readonly endMs: number }
  >
  /** Writes bursts of so many changes of one turn, `gapMs` apart. */
  readonly bursts: Operation<{ readonly block: Block; readonly size: number; readonly gapMs: number }, undefined>
  /** From now on every change shown is noted. */
  readonly record: Operation<undefined, undefined>
  /** What was noted, and no more of it. */
  readonly recorded: Operation<undefined, readonly Sighting[]>
  /** Resolves with the time at which the node showed exactly these blocks, and the first and last change before it. */
  readonly shows: Operation<{ readonly blocks: readonly Block[]; readonly limitMs: number }, number>
  readonly shown: Operation<undefined, Shown>
  readonly gauge: Operation<undefined, Gauge>
  /** Bytes of the heap and of array buffers beside it, after a full collection. */
  readonly heap: Operation<undefined, number>
  /** When the first other member was seen alive since the start. */
  readonly firstAlive: Operation<undefined, number | null>
  /** Cuts silently what goes to and comes from the nodes that listen on these ports; none mends. */
  readonly cut: Operation<{ readonly ports: readonly number[] }, undefined>
  readonly openFloors: Operation<undefined, FloorAddress>
  readonly linkFloors: Operation<{ readonly others: readonly FloorAddress[] }, undefined>
  /** Sends one numbered message after another to all others; the time of each. */
  readonly paceFloor: Operation<
    { readonly kind: FloorKind; readonly count: number; readonly gapMs: number; readonly bytes: number },
    readonly number[]
  >
  /** When each message came, by its number, since the last time this was asked. */
  readonly floorSeen: Operation<undefined, readonly (readonly [sequence: number, atMs: number])[]>
  /** Round trips in milliseconds over raw TCP with the first of the others, one at a time. */
  readonly pingPong: Operation<{ readonly count: number; readonly bytes: number }, readonly number[]>
}

export interface PacedWrites {
  readonly prefix: string
  /** Keys that are written in turn. */
  readonly keys: number
  readonly count: number
  /** How many changes of these keys were written before. */
  readonly from: number
  readonly gapMs: number
}

export interface Request {
  readonly id: number
  readonly name: string
  readonly argument: unknown
}

export type Reply = { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly error: string }
