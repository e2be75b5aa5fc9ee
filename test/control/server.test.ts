import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ControlClient } from '../../src/control/client.ts'
import { controlSetup, loopback } from './control-setup.ts'

test('the socket is for its owner only, and is gone after the stop', async () => {
  await using setup = await controlSetup()
  expect((await stat(setup.server.socketPath)).mode & 0o777).toBe(0o600)
  expect(await readdir(setup.dataDirectory)).toEqual(['control.sock'])
  await setup.server.stop()
  await setup.server.stop()
  expect(await readdir(setup.dataDirectory)).toEqual([])
})

test('the socket of a killed node is replaced', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'lampfield-stale-'))
  await writeFile(join(dataDirectory, 'control.sock'), '')
  await mkdir(join(dataDirectory, 'control.new'))
  await writeFile(join(dataDirectory, 'control.new', 'control.sock'), '')
  await using setup = await controlSetup({ dataDirectory })
  expect((await setup.client.node()).name).toBe('pbx-a')
  await rm(dataDirectory, { recursive: true })
})

test('a data directory with a path longer than a socket address works', async () => {
  const base = await mkdtemp(join(tmpdir(), 'lampfield-long-'))
  const dataDirectory = join(base, 'x'.repeat(120))
  await mkdir(dataDirectory)
  await using setup = await controlSetup({ dataDirectory })
  expect((await setup.client.node()).name).toBe('pbx-a')
  expect(await readdir(dataDirectory)).toEqual(['control.sock'])
  await setup.server.stop()
  await expect(setup.client.node()).rejects.toMatchObject({ code: 'not-running' })
  await rm(base, { recursive: true })
})

test('a directory that cannot hold the socket is named', async () => {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'lampfield-bad-'))
  await mkdir(join(dataDirectory, 'control.sock', 'full'), { recursive: true })
  await expect(controlSetup({ dataDirectory })).rejects.toMatchObject({
    code: 'data-directory-unusable',
    message: expect.stringContaining(join(dataDirectory, 'control.sock')) as string,
  })
  expect(await readdir(dataDirectory)).toEqual(['control.sock'])
  await rm(dataDirectory, { recursive: true })
})

test('stopping does not wait for open streams, and tells them that it ends', async () => {
  await using setup = await controlSetup()
  const events = await setup.client.events()
  const startMs = performance.now()
  await setup.server.stop()
  expect(performance.now() - startMs).toBeLessThan(1000)
  const seen: string[] = []
  for await (const event of events) seen.push(event.type)
  expect(seen).toEqual(['end'])
})

test('no node, a dead node and a directory that is none are one clear failure', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-none-'))
  const message = `no node runs with data directory ${directory}: start one with \`lampfield start\``
  await expect(new ControlClient(directory).node()).rejects.toMatchObject({ code: 'not-running', message })
  await writeFile(join(directory, 'control.sock'), '')
  await expect(new ControlClient(directory).node()).rejects.toMatchObject({ code: 'not-running', message })
  await expect(new ControlClient(join(directory, 'x'.repeat(120))).node()).rejects.toMatchObject({
    code: 'not-running',
  })
  await expect(new ControlClient('/dev/null').node()).rejects.toMatchObject({ code: 'not-running' })
  await rm(directory, { recursive: true })
})

test('a node of another interface version is named as such', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-other-'))
  const other = createServer((_request, response) => {
    response.setHeader('lampfield-api', '99').setHeader('lampfield-version', '9.0.0').end('{}')
  })
  await new Promise<void>((resolve) => {
    other.listen(join(directory, 'control.sock'), resolve)
  })
  await expect(new ControlClient(directory).node()).rejects.toThrow('the node (9.0.0) and this command speak different')
  other.close()
  await rm(directory, { recursive: true })
})

test('over TCP the same routes are served, to pages of no other origin', async () => {
  await using setup = await controlSetup({ http: loopback })
  const url = `${setup.server.url}/api/v1`
  expect(await (await fetch(`${url}/deviceStates`)).json()).toEqual([])
  const foreign = await fetch(`${url}/deviceStates/x?deviceState=INUSE`, {
    method: 'PUT',
    headers: { origin: 'http://evil.example' },
  })
  expect(foreign.status).toBe(403)
  expect(setup.node.list('device_state')).toEqual([])
  await expect(controlSetup({ http: { ...loopback, port: Number(new URL(url).port) } })).rejects.toMatchObject({
    code: 'address-unusable',
  })
})
