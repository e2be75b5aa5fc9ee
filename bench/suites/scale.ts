import { Cluster } from '../../test/support/cluster.ts'
import { median, rounded, text } from '../statistics.ts'
import { byDepth, type Row, type Series, type Suite, type SuiteRun } from '../suite.ts'
import { verify } from '../verification.ts'

/** Every parcel takes so long, always: so the time of a change in milliseconds is the number of its hops. */
const latencyMs = 1

interface Measured {
  readonly nodes: number
  readonly hops: readonly number[]
  readonly messages: number
  readonly bytes: number
  readonly halvingMs: number
  readonly heartbeatMessages: number
  readonly heartbeatBytes: number
}

/** The real core on the network in memory and in virtual time: what grows with the number of nodes, and how. */
export const scale: Suite = {
  name: 'scale',
  nodesMax: 1000,
  about: 'simulated, in virtual time: hops, messages and bytes a change, healing, heartbeats over the number of nodes',
  async run(run) {
    const counts = run.nodes ?? byDepth(run, { tiny: [5, 10], overview: [5, 10, 20], long: [10, 30, 100, 300, 1000] })
    const found: Measured[] = []
    // The work grows with the square of the nodes, at the least.
    const work = counts.map((nodes) => nodes ** 2)
    const total = work.reduce((sum, part) => sum + part, 0)
    let done = 0
    for (const [at, nodes] of counts.entries()) {
      const share = (work[at] ?? 0) / total
      found.push(await measure(run, nodes, (part) => run.progress(done + part * share, `${nodes} nodes`)))
      done += share
    }
    const rows = found.map((one): Row => {
      return {
        nodes: one.nodes,
        hops_p50: text(median(one.hops)),
        hops_max: Math.max(...one.hops),
        messages_per_change: text(one.messages),
        bytes_per_change: text(one.bytes),
        halving_healed_ms: text(one.halvingMs),
        heartbeat_messages_per_node_and_s: text(one.heartbeatMessages),
        heartbeat_bytes_per_node_and_s: text(one.heartbeatBytes),
      }
    })
    return {
      tables: [{ title: `one way takes ${latencyMs} ms`, rows }],
      series: found.flatMap(seriesOf),
      ratios: ratiosOf(found),
      notes: [`seed ${run.seed}`, ...growthOf(found)],
    }
  },
}

async function measure(run: SuiteRun, nodes: number, progress: (done: number) => Promise<void>): Promise<Measured> {
  const cluster = await begun(run, nodes)
  await progress(0.5)
  // Each node speaks once in a period, at its own time.
  const quietMs = Math.max(3000, periodMs(nodes))
  const quiet = await traffic(cluster, '/membership', () => cluster.pass(quietMs))
  await progress(0.6)
  const changes = await changed(run, cluster)
  await progress(0.7)
  const halvingMs = await halved(cluster, nodes)
  await progress(1)
  const perNode = (count: number): number => count / nodes / (quietMs / 1000)
  return {
    nodes,
    ...changes,
    halvingMs,
    heartbeatMessages: perNode(quiet.messages),
    heartbeatBytes: perNode(quiet.bytes),
  }
}

/** Between two heartbeats of a node. */
const periodMs = (nodes: number): number => Math.max(1000, 10 * nodes)

/** A cluster at rest, in which everybody is alive in everybody's eyes. It needs no end: its time stands still as soon as nobody moves it. */
async function begun(run: SuiteRun, nodes: number): Promise<Cluster> {
  const cluster = new Cluster({ seed: run.seed, hub: { shape: { latencyMs, jitterMs: 0 } } })
  for (let at = 0; at < nodes; at += 1) {
    await cluster.add(1)
    // A turn of the event loop now and then, so that Ctrl-C is heard.
    if (at % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await until(cluster, () => allAlive(cluster, nodes), 'everybody is alive in everybody’s eyes')
  // Who has begun asks for more than the routes bring, and then tells with whom it is linked: what the start set off comes to rest.
  await cluster.pass(4000 + periodMs(nodes))
  return cluster
}

interface Sent {
  readonly messages: number
  readonly bytes: number
}

/** Where changes are gossiped, and nothing else is. */
const channelTopic = '/channel/device_state'

/** One change after another, from servers all over the cluster. */
async function changed(run: SuiteRun, cluster: Cluster): Promise<{ hops: number[]; messages: number; bytes: number }> {
  const times = byDepth(run, { tiny: 3, overview: 10, long: 20 })
  const hops: number[] = []
  const sent: Sent[] = []
  for (let index = 0; index < times; index += 1) {
    const device = `PJSIP/change${index}`
    const waiting = new Set(cluster.servers)
    const startMs = cluster.clock.now()
    const forgets = cluster.servers.map((server) =>
      listen(server, device, () => {
        if (waiting.delete(server) && cluster.clock.now() > startMs)
          hops.push((cluster.clock.now() - startMs) / latencyMs)
      }),
    )
    const begin = cluster.hub.gossiped(channelTopic)
    void cluster.servers[Math.floor((index / times) * cluster.servers.length)]?.node.set(
      'device_state',
      device,
      'INUSE',
    )
    await until(cluster, () => waiting.size === 0, 'a change is everywhere', 1)
    // The last copies of the messages are still on their way to nodes that know it.
    await cluster.pass(10 * latencyMs)
    const end = cluster.hub.gossiped(channelTopic)
    sent.push({ messages: end.messages - begin.messages, bytes: end.bytes - begin.bytes })
    for (const forget of forgets) forget()
    verify(
      cluster.servers.every((server) => server.get(device) === 'INUSE'),
      `${device} is not INUSE everywhere`,
    )
  }
  return {
    hops,
    messages: median(sent.map(({ messages }) => messages)),
    bytes: median(sent.map(({ bytes }) => bytes)),
  }
}

type Server = Cluster['servers'][number]

function listen(server: Server, device: string, heard: () => void): () => void {
  const listener = ({ detail }: { readonly detail: { readonly key: string } }): void => {
    if (detail.key === device) heard()
  }
  server.node.addEventListener('change', listener)
  return () => server.node.removeEventListener('change', listener)
}

/** Virtual time from the link's return until everybody shows what the two halves said meanwhile. */
async function halved(cluster: Cluster, nodes: number): Promise<number> {
  const { servers } = cluster
  const sides = [servers.filter((_, at) => at % 2 === 0), servers.filter((_, at) => at % 2 === 1)] as const
  for (const [at, [server]] of sides.entries()) await server?.set(`PJSIP/side${at}`, 'NOT_INUSE')
  const cutMs = cluster.clock.now()
  cluster.hub.partition(...sides.map((side) => side.map(({ name }) => name)))
  const isApart = (): boolean =>
    sides.every((side, at) => side.every((server) => server.get(`PJSIP/side${1 - at}`) === undefined))
  await until(cluster, isApart, 'each half has given the other up', 50)
  for (const [at, [server]] of sides.entries()) await server?.set(`PJSIP/side${at}`, 'BUSY')
  // Long enough for every connection across the cut to be given up, or what waits in its buffers would heal it at once.
  await cluster.pass(Math.max(0, cutMs + 2 * cluster.hub.options.detectMs - cluster.clock.now()))
  cluster.hub.heal()
  const isOne = (): boolean =>
    servers.every((server) => server.get('PJSIP/side0') === 'BUSY' && server.get('PJSIP/side1') === 'BUSY')
  const healedMs = await until(cluster, isOne, 'both halves show both changes', 1)
  await until(cluster, () => allAlive(cluster, nodes), 'everybody is alive again', 50)
  return healedMs
}

const allAlive = (cluster: Cluster, nodes: number): boolean =>
  cluster.servers.every(({ node }) => node.stats()['members_alive'] === nodes - 1)

async function until(cluster: Cluster, holds: () => boolean, what: string, stepMs = 20): Promise<number> {
  const limitMs = 300_000
  const took = await cluster.until(holds, limitMs, stepMs)
  verify(took !== undefined, `not so after ${limitMs} ms of virtual time: ${what}`)
  return took
}

async function traffic(cluster: Cluster, topic: string, body: () => Promise<void>): Promise<Sent> {
  const { messages, bytes } = cluster.hub.gossiped(topic)
  await body()
  const end = cluster.hub.gossiped(topic)
  return { messages: end.messages - messages, bytes: end.bytes - bytes }
}

function seriesOf({ nodes, ...one }: Measured): Series[] {
  const of = (metric: string, unit: string, samples: readonly number[]): Series => {
    return { metric, unit, case: { nodes }, runs: [samples] }
  }
  return [
    of('hops', '', one.hops),
    of('messages_per_change', '', [one.messages]),
    of('bytes_per_change', 'B', [one.bytes]),
    of('halving_healed', 'ms', [one.halvingMs]),
    of('heartbeat_messages', '1/s', [one.heartbeatMessages]),
    of('heartbeat_bytes', 'B/s', [one.heartbeatBytes]),
  ]
}

/** How each figure grows from the smallest cluster to the largest, as a power of the number of nodes. */
function growthOf(found: readonly Measured[]): string[] {
  const [first, last] = [found[0], found.at(-1)]
  if (first === undefined || last === undefined || first === last) return []
  const power = (read: (one: Measured) => number): string =>
    String(rounded(Math.log(read(last) / read(first)) / Math.log(last.nodes / first.nodes)))
  return [
    `from ${first.nodes} to ${last.nodes} nodes: messages a change grow as N^${power(({ messages }) => messages)}, ` +
      `bytes a change as N^${power(({ bytes }) => bytes)}, heartbeat bytes a node as N^${power(({ heartbeatBytes }) => heartbeatBytes)}`,
  ]
}

/** How often a change is sent for each node that needs it; 1 would be the least. */
function ratiosOf(found: readonly Measured[]): Record<string, number> {
  return Object.fromEntries(
    found.map(({ nodes, messages }) => [`messages_per_copy_at_${nodes}`, messages / (nodes - 1)]),
  )
}
