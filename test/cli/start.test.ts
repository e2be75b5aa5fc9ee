import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aloneArgs, start, type StartedNode } from './started-node.ts'

let home = ''

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lampfield-start-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

const startArgs = (directory: string, extra: readonly string[] = []): string[] =>
  aloneArgs(join(home, directory), extra)

const env = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: home })

/** Starts a node that should fail. */
function failStart(directory: string, ...extra: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, startArgs(directory, extra), {
    encoding: 'utf8',
    env: env(),
    // A start that wrongly succeeds would hold this process up for ever.
    timeout: 20_000,
  })
  return { code: status, out: stdout, err: stderr }
}

const startNode = (directory: string, ...extra: string[]): Promise<StartedNode> =>
  start(startArgs(directory, extra), join(home, directory), env())

test('a node runs, serves one directory alone, and leaves within two seconds when it is told to', async () => {
  const { child, client, log } = await startNode('alone', '--log-level', 'debug')
  // It answers a moment before it begins to tell what happens.
  while (!log().includes('is open')) await client.node()
  await client.setDeviceState('Custom:x', 'INUSE')
  expect(failStart('alone')).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(/^lampfield: \S+\/alone\/store is in use by another node[^\n]*\n$/),
  })
  const settings = await client.settings()
  expect(settings).toContainEqual({ name: 'entity_id', value: '02:00:00:00:00:01', source: '--entity-id' })
  expect(settings).toContainEqual({ name: 'cluster', value: 'lampfield', source: 'default' })
  expect(settings).toContainEqual({ name: 'asterisk.mode', value: 'off', source: 'default' })
  const toldAtMs = performance.now()
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(performance.now() - toldAtMs).toBeLessThan(2000)
  expect(await readdir(join(home, 'alone'))).not.toContain('control.sock')
  expect(log()).toMatch(/INFO: lampfield \d\S+ runs as pbx, entity 02:00:00:00:00:01/)
  expect(log()).toMatch(/DEBUG: device_state Custom:x: adding INUSE of .* \(02:00:00:00:00:01\)/)
  expect(log()).toMatch(/DEBUG: device_state Custom:x: the overall state is INUSE/)
  expect(log()).toMatch(/WARN: cluster "lampfield" is open/)
  expect(log()).toContain('left the cluster')
})

test('a port in use, a directory that cannot be used and a damaged store are one clear line each', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const address = taken.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const inUse = failStart('port', '--listen', `127.0.0.1:${port}`)
  taken.close()
  expect(inUse).toMatchObject({ code: 1, out: '' })
  expect(inUse.err).toMatch(/^lampfield: [^\n]*in use[^\n]*\n$/)

  await writeFile(join(home, 'file'), '')
  const noDirectory = failStart('file')
  expect(noDirectory).toMatchObject({ code: 1, out: '' })
  expect(noDirectory.err).toMatch(/^lampfield: \S+\/file\/store cannot be used[^\n]*\n$/)

  const store = join(home, 'damaged', 'store')
  await mkdir(store, { recursive: true })
  await writeFile(join(store, 'CURRENT'), 'nonsense')
  await writeFile(join(store, '000005.ldb'), 'nonsense')
  const damaged = failStart('damaged')
  expect(damaged).toMatchObject({ code: 1, out: '' })
  expect(damaged.err).toMatch(/^lampfield: [^\n]*damaged[^\n]*\n$/)
  expect(await readdir(store)).toEqual(expect.arrayContaining(['000005.ldb', 'CURRENT']))
})

test('JSON logs are JSON from the first line to the last', async () => {
  const { child, log } = await startNode('json', '--log-format', 'json')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([0, null])
  const lines = log().trim().split('\n')
  expect(lines.length).toBeGreaterThan(4)
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ level: expect.anything(), msg: expect.anything() })
})
