import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serve, type ServiceOptions } from '../../src/cli/service.ts'
import { ControlClient } from '../../src/control/client.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { FakeNode } from '../control/fake-node.ts'
import { keptLog, type KeptLog } from './kept-log.ts'

interface Setup extends AsyncDisposable {
  readonly node: FakeNode
  readonly log: KeptLog
  readonly stop: AbortController
  readonly steps: readonly string[]
  readonly options: ServiceOptions
}

async function setup(): Promise<Setup> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'lampfield-service-'))
  const [node, log, stop] = [new FakeNode(), keptLog(), new AbortController()]
  const settings = (): [] => []
  const steps: string[] = []
  const options = {
    node,
    dataDirectory,
    log,
    settings,
    hints: () => [],
    counts: () => ({}),
    onRunning: () => void steps.push('running'),
    onLeaving: () => void steps.push('leaving'),
    http: undefined,
    stop: stop.signal,
  }
  return {
    node,
    log,
    stop,
    steps,
    options,
    [Symbol.asyncDispose]: () => rm(dataDirectory, { recursive: true }),
  }
}

async function untilServed(dataDirectory: string): Promise<void> {
  const client = new ControlClient(dataDirectory)
  while ((await client.node().catch(() => undefined)) === undefined);
}

test('a start says what a person wants to see, and a stop leaves nothing behind', async () => {
  await using made = await setup()
  const { node, log, stop, options } = made
  const serving = serve(options)
  await untilServed(options.dataDirectory)
  stop.abort()
  expect(await serving).toBe(true)
  expect(node.stopped).toBe(1)
  expect(made.steps).toEqual(['running', 'leaving'])
  expect(await readdir(options.dataDirectory)).toEqual([])
  expect(log.lines).toEqual([
    expect.stringMatching(/^info lampfield \d+\.\d+\.\d+ runs as pbx-a, entity 02:00:00:00:00:0a$/),
    `info peer ID ${node.peer}`,
    `info listens on ${node.addresses()[0]}`,
    `info data directory ${options.dataDirectory}`,
    expect.stringMatching(/^warn cluster "test" is open: anyone on the network may join and write/),
    'info pbx-b (02:00:00:00:00:0b) is alive: a new member',
    'info leaving the cluster',
    'info left the cluster: the others no longer count this node',
  ])
})

test('a node that cannot start fails with its own words', async () => {
  await using made = await setup()
  made.node.fails = new Failure('data-directory-in-use', 'another node runs there')
  await expect(serve(made.options)).rejects.toThrow('another node runs there')
  expect(made.log.lines).toEqual([])
})

test('where the control interface cannot be served the node is stopped again', async () => {
  await using made = await setup()
  const options = { ...made.options, http: { host: '203.0.113.1', port: 1, tokenFile: undefined } }
  await expect(serve(options)).rejects.toMatchObject({ code: 'invalid-argument' })
  expect(made.node.stopped).toBe(1)
  expect(await readdir(options.dataDirectory)).toEqual([])
})
