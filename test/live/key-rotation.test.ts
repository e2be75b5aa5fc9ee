import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createNode } from '../../src/node/create-node.ts'
import type { Node } from '../../src/node/node.ts'
import { until } from './network-support.ts'

const count = 3
const [oldKey, newKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const stages = [[oldKey, newKey], [newKey, oldKey], [newKey]] as const

let directory: string
let nodes: Node[] = []

async function start(place: number, clusterKey: readonly Uint8Array[]): Promise<Node> {
  const peers = nodes.filter((node) => node.status === 'running').flatMap((node) => node.addresses().slice(0, 1))
  const node = createNode({
    name: `pbx${place}`,
    entityId: `02:00:00:00:00:0${place + 1}`,
    dataDirectory: join(directory, `pbx${place}`),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    mdns: false,
    peers,
    clusterKey,
  })
  await node.start()
  return node
}

/** Each of these nodes says something new, and all others hear it. */
async function agree(some: readonly Node[], mark: string): Promise<void> {
  await until(() => some.every((node) => heard(node) >= some.length - 1), 20_000)
  for (const node of some) await node.set('mwi', `${node.name}.${mark}`, { newMessages: 1, oldMessages: 0 })
  const hears = (node: Node): boolean =>
    some.every((other) => node.get('mwi', `${other.name}.${mark}`)?.newMessages === 1)
  await until(() => some.every(hears), 20_000)
}

const heard = (node: Node): number => node.members().filter(({ status }) => status === 'alive').length

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.stop()))
  nodes = []
  await rm(directory, { recursive: true, force: true })
})

test('a cluster key is changed while the cluster runs: two restarts of each node take it in, one puts the old one out', async () => {
  directory = await mkdtemp(join(tmpdir(), 'lampfield-rotation-'))
  for (let place = 0; place < count; place += 1) nodes.push(await start(place, [oldKey]))
  await agree(nodes, 'before')
  for (const [stage, keys] of stages.entries()) {
    for (let place = 0; place < count; place += 1) {
      await nodes[place]?.stop()
      const others = nodes.filter((_, at) => at !== place)
      await agree(others, `${stage}.${place}.without`)
      nodes[place] = await start(place, keys)
      await agree(nodes, `${stage}.${place}`)
      for (const node of nodes) expect(node.stats()['refused_foreign_key'] ?? 0).toBe(0)
    }
  }
  // The old key is of no use any more.
  const [first] = nodes as [Node]
  const late = await start(count, [oldKey])
  nodes.push(late)
  await until(() => (first.stats()['refused_foreign_key'] ?? 0) > 0, 20_000)
  expect(heard(late)).toBe(0)
})
