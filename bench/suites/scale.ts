import { Cluster } from '../../test/support/cluster.ts'
import { inParts } from '../progress.ts'
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

/** Hears how much is done, 0 to 1. */
type Heard = (done: number) => Promise<void>

async function measure(run: SuiteRun, nodes: number, progress: Heard): Promise<Measured> {
  const parts = inParts([5, 1, 2, 4])
  const part =
    (at: number): Heard =>
    (done) =>
      progress(parts(at, done))
  const cluster = await begun(run, nodes, part(0))
  // Each node speaks once in a period, at its own time.
  const quietMs = Math.max(3000, periodMs(nodes))
  const quiet = await traffic(cluster, '/membership', () => pass(cluster, quietMs, part(1)))
  const changes = await changed(run, cluster, part(2))
  const halvingMs = await halved(cluster, nodes, part(3))
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
async function begun(run: SuiteRun, nodes: number, progress: Heard): Promise<Cluster> {
  const cluster = new Cluster({ seed: run.seed, hub: { shape: { latencyMs, jitterMs: 0 } } })
  for (let at = 0; at < nodes; at += 1) {
    await cluster.add(1)
    // A turn of the event loop now and then, so that Ctrl-C is heard.
    if (at % 10 === 0) await progress(0)
  }
  const met = (): Promise<void> => progress((0.8 * countAlive(cluster.servers[0])) / (nodes - 1))
  await until(cluster, () => allAlive(cluster, nodes), 'everybody is alive in everybody’s eyes', 20, met)
  // Who has begun asks for more than the routes bring, and then tells with whom it is linked: what the start set off comes to rest.
  await pass(cluster, 4000 + periodMs(nodes), (done) => progress(0.8 + 0.2 * done))
  return cluster
}

interface Sent {
  readonly messages: number
  readonly bytes: number
}

/** Where changes are gossiped, and nothing else is. */
const channelTopic = '/channel/device_state'

/** One change after another, from servers all over the cluster. */
async function changed(
  run: SuiteRun,
  cluster: Cluster,
  progress: Heard,
): Promise<{ hops: number[]; messages: number; bytes: number }> {
  const times = byDepth(run, { tiny: 3, overview: 10, long: 20 })
  const hops: number[] = []
  const sent: Sent[] = []
  for (let index = 0; index < times; index += 1) {
    await progress(index / times)
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
    await until(
      cluster,
      () => waiting.size === 0,
      'a change is everywhere',
      1,
      () => progress(index / times),
    )
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
async function halved(cluster: Cluster, nodes: number, progress: Heard): Promise<number> {
  const { servers } = cluster
  const sides = [servers.filter((_, at) => at % 2 === 0), servers.filter((_, at) => at % 2 === 1)] as const
  for (const [at, [server]] of sides.entries()) await server?.set(`PJSIP/side${at}`, 'NOT_INUSE')
  const cutMs = cluster.clock.now()
  cluster.hub.partition(...sides.map((side) => side.map(({ name }) => name)))
  const isApart = (): boolean =>
    sides.every((side, at) => side.every((server) => server.get(`PJSIP/side${1 - at}`) === undefined))
  await until(cluster, isApart, 'each half has given the other up', 50, () => progress(0))
  for (const [at, [server]] of sides.entries()) await server?.set(`PJSIP/side${at}`, 'BUSY')
  // Long enough for every connection across the cut to be given up, or what waits in its buffers would heal it at once.
  const apartMs = cutMs + 2 * cluster.hub.options.detectMs - cluster.clock.now()
  await pass(cluster, Math.max(0, apartMs), (done) => progress(0.4 + 0.2 * done))
  cluster.hub.heal()
  const isOne = (): boolean =>
    servers.every((server) => server.get('PJSIP/side0') === 'BUSY' && server.get('PJSIP/side1') === 'BUSY')
  const healedMs = await until(cluster, isOne, 'both halves show both changes', 1, () => progress(0.6))
  await until(
    cluster,
    () => allAlive(cluster, nodes),
    'everybody is alive again',
    50,
    () => progress(0.8),
  )
  await progress(1)
  return healedMs
}

/** How many others are alive in the eyes of one. */
const countAlive = (server: Server | undefined): number => server?.node.stats()['members_alive'] ?? 0

const allAlive = (cluster: Cluster, nodes: number): boolean =>
  cluster.servers.every((server) => countAlive(server) === nodes - 1)

async function until(
  cluster: Cluster,
  holds: () => boolean,
  what: string,
  stepMs: number,
  passed: () => Promise<void>,
): Promise<number> {
  const limitMs = 300_000
  const startMs = cluster.clock.now()
  while (!holds()) {
    verify(cluster.clock.now() - startMs < limitMs, `not so after ${limitMs} ms of virtual time: ${what}`)
    await cluster.pass(stepMs)
    await passed()
  }
  return cluster.clock.now() - startMs
}

/** Virtual time passes, in pieces. */
async function pass(cluster: Cluster, ms: number, progress: Heard): Promise<void> {
  const endMs = cluster.clock.now() + ms
  for (let restMs = ms; restMs > 0; restMs = endMs - cluster.clock.now()) {
    await progress(1 - restMs / ms)
    await cluster.pass(Math.min(restMs, 200))
  }
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
