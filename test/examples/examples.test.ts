import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fc from 'fast-check'
import { assertReducerLaws, VirtualCluster } from 'lampfield/testing'
import { describe, expect, test } from 'vitest'
import { seed } from '../support/seed.ts'
import { lampServer } from './lamp-page.ts'
import { majority, services, type Vote } from './own-reducer.ts'
import { board, deskNode, presence } from './presence.ts'
import { jobs, longestWait, report, summary } from './worker-load.ts'
import { freeWorker, leastLoaded, load, sayLoad } from './worker-pool.ts'

const start = async (channels: NonNullable<Parameters<VirtualCluster['add']>[1]>['channels'], count = 3) => {
  const cluster = new VirtualCluster({ seed })
  const servers = await cluster.add(count, channels === undefined ? {} : { channels })
  await cluster.settle()
  return { cluster, servers, nodes: servers.map(({ node }) => node) as [Node, Node, Node] }
}
type Node = VirtualCluster['servers'][number]['node']

describe('the examples', () => {
  test('presence of people: the last word, since when, and again after a restart', async () => {
    const { cluster, servers, nodes } = await start([presence])
    const [a, b] = nodes
    await cluster.letRun(a.set(presence, 'ann', { status: 'here', room: 'kitchen' }))
    await cluster.letRun(b.set(presence, 'ann', { status: 'away' }))
    expect(await cluster.until(() => a.get(presence, 'ann')?.status === 'away', 5000)).toBeDefined()
    expect(board(a)).toEqual([expect.stringMatching(/^ann: away, somewhere, since 2025-01-01T00:00:\d\d\.\d{3}Z$/)])
    servers[1]?.kill()
    await servers[1]?.start()
    expect(await cluster.until(() => a.get(presence, 'ann')?.status === 'away', 30_000)).toBeDefined()
    await expect(a.set(presence, 'ann', { status: 'gone' } as never)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
    expect(deskNode('desk').status).toBe('idle')
  })

  test('load of workers: a sum and a maximum, without those that are gone', async () => {
    const { cluster, servers, nodes } = await start([jobs, longestWait])
    const [a, b, c] = nodes
    await report(a, 'mail', { jobs: 2, waitMs: 40 })
    await report(b, 'mail', { jobs: 3, waitMs: 900 })
    const shows = (line: string): Promise<number | undefined> => cluster.until(() => summary(c)[0] === line, 30_000)
    expect(await shows('mail: 5 jobs, longest wait 900 ms')).toBeDefined()
    servers[1]?.kill()
    expect(await shows('mail: 2 jobs, longest wait 40 ms')).toBeDefined()
  })

  test('presence and load have under 40 lines each', () => {
    for (const name of ['presence.ts', 'worker-load.ts']) {
      expect(
        readFileSync(join(import.meta.dirname, name), 'utf8')
          .trimEnd()
          .split('\n').length,
      ).toBeLessThan(40)
    }
  })

  test('a worker pool chooses the least loaded, and never one that is dead', async () => {
    const { cluster, servers, nodes } = await start([load])
    const [a, b, c] = nodes
    expect(leastLoaded(a)).toBeUndefined()
    await sayLoad(a, 0.9)
    await sayLoad(b, 0.2)
    await sayLoad(c, 0.5)
    expect(await cluster.until(() => leastLoaded(a) === 'server2', 5000)).toBeDefined()
    const free = freeWorker(a, 0.1)
    servers[1]?.kill()
    expect(await cluster.until(() => leastLoaded(a) === 'server3', 30_000)).toBeDefined()
    await sayLoad(c, 0.1)
    expect(await cluster.letRun(free)).toBe('server3')
  })

  test('an own reducer keeps the laws, and the majority counts', async () => {
    assertReducerLaws(fc, majority, fc.constantFrom<Vote>('up', 'down'), { seed })
    const { cluster, nodes } = await start([services])
    for (const [at, node] of nodes.entries()) await node.set(services, 'dns', at === 0 ? 'down' : 'up')
    expect(await cluster.until(() => nodes[0].get(services, 'dns')?.up === 2, 5000)).toBeDefined()
    expect(nodes[0].get(services, 'dns')).toEqual({ state: 'up', up: 2, down: 1 })
    expect(nodes[0].explain(services, 'dns').rule).toBe('2 say up and 1 say down.')
  })

  test('a web server shows changes in a browser as they happen', async () => {
    const { nodes } = await start(undefined, 1)
    const [node] = nodes
    await node.set('device_state', 'PJSIP/alice', 'INUSE')
    const server = lampServer(node).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect(await (await fetch(base)).text()).toContain("new EventSource('/changes')")
    const leaving = new AbortController()
    const { body, headers } = await fetch(`${base}/changes`, { signal: leaving.signal })
    expect(headers.get('content-type')).toBe('text/event-stream')
    const reader = body!.pipeThrough(new TextDecoderStream()).getReader()
    const next = async (): Promise<unknown> => JSON.parse((await reader.read()).value!.replace(/^data: /, ''))
    expect(await next()).toMatchObject({ key: 'PJSIP/alice', after: 'INUSE' })
    await node.set('device_state', 'PJSIP/alice', 'BUSY')
    expect(await next()).toMatchObject({ key: 'PJSIP/alice', before: 'INUSE', after: 'BUSY' })
    leaving.abort()
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })

  test('two nodes in one process find each other by address, and the program ends by itself', async () => {
    const program = spawn(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'two-nodes.ts')], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 50_000,
    })
    let output = ''
    program.stdout.on('data', (text: Buffer) => (output += text.toString()))
    const [code] = (await once(program, 'close')) as [number | null]
    expect({ code, output }).toEqual({ code: 0, output: 'second shows INUSE\nand nothing once first has left\n' })
  })
})
