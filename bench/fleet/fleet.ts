import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Lan } from '../../test/support/namespaces.ts'
import { verify } from '../verification.ts'
import { monotonicMs } from '../worker/monotonic.ts'
import type { Gauge } from '../worker/protocol.ts'
import { digestOf, valuesOf, type Block } from '../worker/workload.ts'
import { atExit } from './cleanup.ts'
import { WorkerProcess } from './worker-process.ts'

export interface FleetOptions {
  readonly nodes: number
  /** Each node on a host of its own, on a network that can be cut. As root only. */
  readonly onLan?: boolean
}

/** Longer than anything takes that is no fault: on a busy machine of two cores a storm among eight nodes took more than a minute. */
const patienceMs = 180_000

/** An application that has much to say lets input and output happen now and then, or nothing of it leaves before its end. */
const writesPerTurn = 64

/** One node of a fleet: its place and its identity outlive the process. */
export interface Member {
  readonly number: number
  readonly name: string
  readonly entityId: string
  process: WorkerProcess
  addresses: readonly string[]
}

/** Nodes as processes of their own, on loopback or on a network of namespaces, that know each other by address. No mDNS. */
export class Fleet {
  readonly members: Member[] = []
  readonly lan: Lan | undefined
  readonly #directory: string
  readonly #cluster: string
  readonly #clean: () => void
  readonly #all: WorkerProcess[] = []

  private constructor(options: FleetOptions) {
    this.#directory = mkdtempSync(join(tmpdir(), 'lampfield-bench-'))
    this.#cluster = `bench-${process.pid}-${Math.round(monotonicMs())}`
    this.lan = options.onLan === true ? new Lan(options.nodes) : undefined
    this.#clean = atExit(() => {
      for (const worker of this.#all) worker.signal('SIGKILL')
      this.lan?.close()
      rmSync(this.#directory, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  /** Starts the nodes and resolves when all are linked with all and their clocks are known to be one. */
  static async open(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options)
    try {
      // One after another, so that each finds the addresses of those before it.
      for (let number = 1; number <= options.nodes; number += 1) await fleet.start(await fleet.prepare(number))
      await fleet.settled()
    } catch (error) {
      await fleet.close()
      throw error
    }
    return fleet
  }

  /** Makes the process of a node; the node is not started. */
  async prepare(number: number): Promise<Member> {
    const name = `node${number}`
    const host = this.lan?.host(number)
    const worker = new WorkerProcess(name, { host, nodeFlags: ['--expose-gc'] })
    this.#all.push(worker)
    await checkClock(worker)
    const known = this.members.find((member) => member.number === number)
    if (known !== undefined) {
      known.process = worker
      return known
    }
    const entityId = `02:62:00:00:00:${number.toString(16).padStart(2, '0')}`
    const member = { number, name, entityId, process: worker, addresses: [] }
    this.members.push(member)
    return member
  }

  /** Starts the node; the time at which that began. */
  async start(member: Member): Promise<number> {
    const peers = this.members.flatMap((other) => (other === member ? [] : other.addresses.slice(0, 1)))
    const address = this.lan?.host(member.number).address ?? '127.0.0.1'
    const { beginMs, addresses } = await member.process.ask('start', {
      name: member.name,
      entityId: member.entityId,
      cluster: this.#cluster,
      listen: [`/ip4/${address}/tcp/${portOf(member.addresses)}`],
      peers,
      dataDirectory: join(this.#directory, member.name),
    })
    member.addresses = addresses
    return beginMs
  }

  /** The node of a number, from 1. */
  node(number: number): WorkerProcess {
    const member = this.members.find((one) => one.number === number)
    if (member === undefined) throw new Error(`there is no node ${number}`)
    return member.process
  }

  get nodes(): WorkerProcess[] {
    return this.members.map((member) => member.process)
  }

  /** Resolves when everybody is alive and linked in everybody's eyes. */
  async settled(nodes: readonly WorkerProcess[] = this.nodes): Promise<void> {
    await Promise.all(nodes.map((node) => node.ask('linked', { others: nodes.length - 1, limitMs: patienceMs })))
  }

  /** Resolves with the time at which the last of some nodes showed exactly these blocks. */
  async lastToShow(
    nodes: readonly WorkerProcess[],
    blocks: readonly Block[],
    limitMs: number = patienceMs,
  ): Promise<number> {
    return Math.max(...(await Promise.all(nodes.map((node) => node.ask('shows', { blocks, limitMs })))))
  }

  /** Fails unless every node shows exactly what was written, and counts exactly the nodes that run. */
  async verify(blocks: readonly Block[], nodes: readonly WorkerProcess[] = this.nodes): Promise<void> {
    const written = [...valuesOf(blocks)]
    const digest = digestOf(written)
    const running = this.members.filter((member) => nodes.includes(member.process))
    const alive = running.map(({ entityId }) => entityId).sort()
    for (const node of nodes) {
      const shown = await node.ask('shown', undefined)
      verify(shown.keys === written.length, `${node.name} shows ${shown.keys} keys, ${written.length} were written`)
      verify(shown.digest === digest, `${node.name} shows another cluster state than was written`)
      verify(
        shown.alive.join() === alive.join(),
        `${node.name} counts ${shown.alive.join()}, alive are ${alive.join()}`,
      )
    }
  }

  /** Ends a node for good: nobody looks for it any more. */
  async retire(member: Member): Promise<void> {
    await member.process.kill()
    this.members.splice(this.members.indexOf(member), 1)
  }

  /** Writes blocks as fast as they can be written, each by its node, all at once; the time at which the first of them began. */
  async flood(work: ReadonlyMap<WorkerProcess, readonly Block[]>): Promise<number> {
    const times = await Promise.all(
      [...work].map(([writer, blocks]) => writer.ask('flood', { blocks, perTurn: writesPerTurn })),
    )
    return Math.min(...times.map(({ beginMs }) => beginMs))
  }

  gauges(nodes: readonly WorkerProcess[] = this.nodes): Promise<Gauge[]> {
    return Promise.all(nodes.map((node) => node.ask('gauge', undefined)))
  }

  async close(): Promise<void> {
    // Also the ones that a test has stopped: kill -9 ends them, too.
    await Promise.all(this.#all.map((worker) => worker.kill()))
    this.#clean()
  }
}

/** A node that comes back listens where it was. */
function portOf(addresses: readonly string[]): string {
  return /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1] ?? '0'
}

/** A time of the other process must lie between two of this one, or the clocks are not one and no time between processes means anything. */
async function checkClock(worker: WorkerProcess): Promise<void> {
  const before = monotonicMs()
  const there = await worker.ask('clock', undefined)
  const after = monotonicMs()
  verify(before <= there && there <= after, `the clock of ${worker.name} is another one: ${before}, ${there}, ${after}`)
}
