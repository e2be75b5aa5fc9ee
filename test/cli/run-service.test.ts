import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { tell } from '../support/measure.ts'
import { aloneArgs, start, type StartedNode } from './started-node.ts'

let home = ''
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'lampfield-run-'))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** The machine may be busy with something else. */
const patience = { timeout: 20_000 }

const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: home, ...more })

const startIn = (directory: string, extra: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<StartedNode> =>
  start(aloneArgs(join(home, directory), extra), join(home, directory), env(more))

async function end({ child }: StartedNode): Promise<void> {
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
}

const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '')

test('SIGHUP reads the configuration again, and hooks run with their arguments', async () => {
  const [file, told, hook] = [join(home, 'a.conf'), join(home, 'told'), join(home, 'hook')]
  writeFileSync(hook, `#!/bin/sh\necho "$* by $HOOK_ENTITY" >>${told}\n`)
  chmodSync(hook, 0o755)
  writeFileSync(file, '[general]\n')
  const node = await startIn('hup', ['--config', file])
  writeFileSync(
    file,
    `[general]\nlog_level = debug\ncluster = other\n[hints]\nhint = 1, Custom:a\n[hooks]\non_change = ${hook}\npattern = Custom:*\n`,
  )
  node.child.kill('SIGHUP')
  await expect.poll(node.log, patience).toContain('applied: log_level, hints, hooks')
  expect(node.log()).toContain('this takes effect when the node is started again: cluster')
  expect(await node.client.logLevel()).toEqual({ level: 'debug' })
  expect(await node.client.hints()).toMatchObject([{ extension: '1@default' }])
  await node.client.setDeviceState('PJSIP/a', 'INUSE')
  await node.client.setDeviceState('Custom:a', 'INUSE')
  await expect.poll(() => read(told), patience).toBe('device_state Custom:a  INUSE by 02:00:00:00:00:01\n')
  expect(await node.client.stats()).toMatchObject({ hook_runs: 1, hook_failures: 0 })
  writeFileSync(file, '[general]\nlog_level = loud\n')
  node.child.kill('SIGHUP')
  await expect.poll(node.log, patience).toContain('nothing of it was applied')
  expect(await node.client.logLevel()).toEqual({ level: 'debug' })
  await end(node)
})

test('SIGHUP takes other peers: a server that is named is met, one that may not take part is let go', async () => {
  const file = join(home, 'peers.conf')
  writeFileSync(file, '[general]\ncluster = hup\n')
  const [named, node] = await Promise.all([
    startIn('named', ['--cluster', 'hup', '--entity-id', '02:00:00:00:00:02']),
    startIn('naming', ['--config', file]),
  ])
  const statuses = async (): Promise<string[]> => (await node.client.members()).map(({ status }) => status).sort()
  const [address = ''] = (await named.client.node()).addresses
  writeFileSync(file, `[general]\ncluster = hup\npeer = ${address}\n`)
  node.child.kill('SIGHUP')
  await expect.poll(node.log, patience).toContain('applied: peer')
  await expect.poll(statuses, patience).toEqual(['alive', 'self'])
  const stranger = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
  writeFileSync(file, `[general]\ncluster = hup\npeers = ${stranger}\n`)
  node.child.kill('SIGHUP')
  await expect.poll(node.log, patience).toContain('applied: peer, peers')
  await expect.poll(statuses, patience).toEqual(['down', 'self'])
  await Promise.all([end(named), end(node)])
})

test('the token of HTTP is asked for, and another one in its file holds from a SIGHUP on', async () => {
  const [file, first, second] = [join(home, 'token'), 'a'.repeat(20), 'b'.repeat(20)]
  writeFileSync(file, first, { mode: 0o600 })
  const port = await freePort()
  const node = await startIn('guarded', ['--http', `127.0.0.1:${port}`, '--http-token-file', file])
  await expect.poll(node.log, patience).toContain('page at http')
  const statusWith = async (headers: Record<string, string>): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}/api/v1/members`, { headers })).status
  const statuses = (): Promise<number[]> =>
    Promise.all([
      statusWith({}),
      statusWith({ authorization: `Bearer ${first}` }),
      statusWith({ authorization: `Bearer ${second}` }),
    ])
  expect(await statuses()).toEqual([401, 200, 401])
  writeFileSync(file, second)
  node.child.kill('SIGHUP')
  await expect.poll(node.log, patience).toContain('applied: the token of HTTP')
  expect(await statuses()).toEqual([401, 401, 200])
  await end(node)
})

test('a hook that does not exist is a fault of the configuration', () => {
  const file = join(home, 'b.conf')
  writeFileSync(file, '[hooks]\non_change = /nonexistent/hook\n')
  const { status, stderr } = spawnSync(process.execPath, aloneArgs(join(home, 'b'), ['--config', file]), {
    encoding: 'utf8',
    env: env(),
    timeout: 20_000,
  })
  expect({ status, stderr }).toEqual({
    status: 2,
    stderr: `lampfield: ${file}:2: on_change: /nonexistent/hook does not exist: name an existing program\n`,
  })
})

test('the port of last time is taken again while it is free', async () => {
  const portOf = async ({ client }: StartedNode): Promise<number> =>
    Number(/\/tcp\/(\d+)/.exec((await client.node()).addresses[0] ?? '')?.[1])
  const first = await startIn('port', [])
  const port = await portOf(first)
  await expect.poll(() => read(join(home, 'port', 'port'))).toBe(`${port}\n`)
  await end(first)
  const second = await startIn('port', [])
  expect(await portOf(second)).toBe(port)
  await end(second)
  const other = createServer().listen(port, '127.0.0.1')
  await once(other, 'listening')
  const third = await startIn('port', [])
  expect(await portOf(third)).not.toBe(port)
  other.close()
  await end(third)
})

/** A service manager: it prints what it is told. `recv` drops the descriptor by which a sender sees that its message was taken. */
const managerScript = `
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True: print(s.recv(65536).decode(), flush=True)`

const missing = ['systemd-notify', 'python3'].filter((name) => spawnSync(name, ['--version']).error !== undefined)
if (missing.length > 0) tell(`skipped: the service manager is told: ${missing.join(' and ')} not installed`)

test.skipIf(missing.length > 0)('a service manager is told of start, health, reading again and end', async () => {
  const socket = join(home, 'notify')
  const manager = spawn('python3', ['-c', managerScript, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  let heard = ''
  manager.stdout.setEncoding('utf8').on('data', (text: string) => (heard += text))
  await expect.poll(() => existsSync(socket)).toBe(true)
  try {
    const node = await startIn('notified', [], { NOTIFY_SOCKET: socket, WATCHDOG_USEC: '2000000' })
    const hears = (text: string | RegExp): Promise<void> => expect.poll(() => heard, { timeout: 30_000 }).toMatch(text)
    await hears(/READY=1\nSTATUS=02:00:00:00:00:01 in cluster lampfield, alone; 0 devices and mailboxes/)
    await hears('WATCHDOG=1')
    node.child.kill('SIGHUP')
    await hears(/RELOADING=1\nMONOTONIC_USEC=\d+/)
    await hears(/RELOADING=1[\s\S]*READY=1/)
    expect(heard).not.toContain('STOPPING=1')
    await end(node)
    await hears('STOPPING=1')
  } finally {
    manager.kill()
  }
})

const isRoot = process.getuid?.() === 0
const canDrop = isRoot && spawnSync('setpriv', ['--version']).error === undefined
if (isRoot && !canDrop) tell('skipped: a node of another user: setpriv is not installed')

test.skipIf(isRoot && !canDrop)('a node needs no rights of root', async () => {
  // Where this is not root, every other test has shown it.
  const nobody = 65_534
  const directory = join(mkdtempSync(join(tmpdir(), 'lampfield-user-')), 'data')
  try {
    mkdirSync(directory)
    const before = isRoot
      ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs']
      : []
    if (isRoot) {
      chmodSync(join(directory, '..'), 0o755)
      chownSync(directory, nobody, nobody)
    }
    const node = await start(aloneArgs(directory), directory, env({ HOME: directory }), before)
    await node.client.setDeviceState('Custom:a', 'INUSE')
    expect(statSync(join(directory, 'control.sock')).mode & 0o777).toBe(0o600)
    if (isRoot) expect(statSync(join(directory, 'store')).uid).toBe(nobody)
    await end(node)
  } finally {
    rmSync(join(directory, '..'), { recursive: true, force: true })
  }
})
