import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { Lan, lanTrouble, leftovers, type Host } from './namespaces.ts'
import { tell } from './measure.ts'
import type { Outlook } from './outlook.ts'
import { Processes, type NodeProcess } from './processes.ts'

/** Longer than anything takes that is not a fault: here it is only asked whether something comes to be so. */
export const patienceMs = 20_000

/** A network and the nodes on it, for the tests of one `describe`. */
export class LiveCluster {
  readonly lan: Lan
  readonly processes: Processes = new Processes()

  constructor(hostCount: number) {
    this.lan = new Lan(hostCount)
  }

  get nodes(): readonly NodeProcess[] {
    return this.processes.nodes
  }

  /** The nodes that run. */
  get running(): NodeProcess[] {
    return this.nodes.filter((node) => node.isRunning)
  }

  /** A node's server, `pbx1` and so on; not started. */
  add(host: Host, flags: readonly string[] = []): NodeProcess {
    const name = `pbx${this.nodes.length + 1}`
    return this.processes.node({ host, name, flags: ['--name', name, ...flags] })
  }

  /** One node on each host, all started at once, until everybody sees everybody. */
  async populate(flags: readonly string[] = []): Promise<void> {
    const nodes = this.lan.hosts.map((host) => this.add(host, flags))
    await Promise.all(nodes.map((node) => node.start()))
    await this.settled()
  }

  /** Resolves with the time at which the last node saw all others alive. */
  settled(limitMs: number = patienceMs): Promise<number> {
    return lastTime(this.running, 'all others are alive', limitMs, (outlook, node) =>
      this.running.every((other) => other === node || outlook.members.get(other.entity) === 'alive'),
    )
  }

  /**
   * A node came back with another key. The operator does on each other server what its alarm says: lets go of the key it knew. Resolves when all
   * have heard the node.
   */
  async trustAnew(node: NodeProcess): Promise<void> {
    await Promise.all(
      this.others(node).map(async (other) => {
        const isToldSo = async (): Promise<boolean> =>
          (await other.client.members()).some(({ alarms }) => alarms.join().includes(`trust forget ${node.entity}`))
        await expect.poll(isToldSo, { timeout: patienceMs, interval: 50, message: `alarm of ${other.name}` }).toBe(true)
        await other.client.forgetTrust(node.entity)
        await other.outlook.when(
          `${node.name} is alive`,
          patienceMs,
          (outlook) => outlook.members.get(node.entity) === 'alive',
        )
      }),
    )
  }

  /** The node of a number, from 1, in the order in which they were added. */
  node(number: number): NodeProcess {
    const node = this.nodes[number - 1]
    if (node === undefined) throw new Error(`there is no node ${number}`)
    return node
  }

  /** All nodes that run but these. */
  others(...some: readonly NodeProcess[]): NodeProcess[] {
    return this.running.filter((node) => !some.includes(node))
  }

  /** Who has declared whom down since then. */
  deathsSince(sinceMs: number): string[] {
    return this.running.flatMap(({ name, outlook }) =>
      outlook
        .since(sinceMs)
        .flatMap(({ event }) => (event.type === 'member' && event.to === 'down' ? [`${name}: ${event.name}`] : [])),
    )
  }

  async close(): Promise<void> {
    await this.processes.close()
    this.lan.close()
    const left = leftovers()
    if (left.length > 0) throw new Error(`namespaces are left: ${left.join(', ')}`)
  }
}

/** When something became so on the last of some nodes. */
export async function lastTime(
  nodes: readonly NodeProcess[],
  what: string,
  limitMs: number,
  holds: (outlook: Outlook, node: NodeProcess) => boolean,
): Promise<number> {
  const times = await Promise.all(
    nodes.map((node) => node.outlook.when(what, limitMs, () => holds(node.outlook, node))),
  )
  return Math.max(...times)
}

/**
 * A `describe` on a network of its own; skipped, and the reason printed, where none can be made. The cluster is the same for all its
 * tests, and what its nodes wrote is printed after a test that failed.
 */
export function describeLive(title: string, hostCount: number, body: (cluster: () => LiveCluster) => void): void {
  const trouble = lanTrouble()
  if (trouble !== undefined) tell(`skipped: ${title}: ${trouble}`)
  describe.skipIf(trouble !== undefined)(title, () => {
    let cluster: LiveCluster | undefined
    beforeAll(() => {
      cluster = new LiveCluster(hostCount)
    })
    afterEach(({ task }) => {
      if (task.result?.state === 'fail')
        tell(`what the nodes wrote until "${task.name}" failed:\n${cluster?.processes.story()}`)
    })
    afterAll(() => cluster?.close())
    body(() => {
      if (cluster === undefined) throw new Error('the network is made before the first test')
      return cluster
    })
  })
}
