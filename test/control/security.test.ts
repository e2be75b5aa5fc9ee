import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tokenCheck } from '../../src/control/token.ts'
import { controlSetup, loopback } from './control-setup.ts'

const problemType = 'application/problem+json; charset=utf-8'

const token = 'correct-horse-battery-staple'

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

/** As `fetch`, but any header can be set. */
function ask(url: string, method: string, headers: Readonly<Record<string, string>> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.on('data', (part: Buffer) => {
        text += part.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }))
    })
    outgoing.end(body)
  })
}

/** What comes back for raw bytes, until the connection is closed. */
function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text))
    let got = ''
    socket.on('data', (part) => {
      got += part.toString()
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(got))
  })
}

async function tokenFile(mode = 0o600, text = `${token}\n`): Promise<{ path: string } & AsyncDisposable> {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-token-'))
  const path = join(directory, 'token')
  await writeFile(path, text)
  await chmod(path, mode)
  return { path, [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) }
}

test.each([
  ['another origin', { origin: 'http://evil.example' }],
  ['no origin at all, as a sandboxed frame has it', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
  ['a name that was made to point here', { host: 'evil.example' }],
  ['a name that begins like one of ours', { host: 'localhost.evil.example' }],
  ['a page of another site, without an origin', { 'sec-fetch-site': 'cross-site' }],
  ['a page of the same site', { 'sec-fetch-site': 'same-site' }],
])('a request from %s changes nothing', async (_what, headers) => {
  await using setup = await controlSetup({ http: loopback })
  const url = `${setup.server.url}/api/v1/deviceStates/x?deviceState=INUSE`
  const answer = await ask(url, 'PUT', headers)
  expect(answer).toMatchObject({ status: 403, headers: { 'content-type': problemType } })
  expect(setup.node.list('device_state')).toEqual([])
  expect(await setup.client.stats()).toMatchObject({ http_refused_foreign_origin: 1 })
})

test('the page itself, programs, and links from elsewhere are let in', async () => {
  await using setup = await controlSetup({ http: loopback })
  const { url = '' } = setup.server
  const { host } = new URL(url)
  const path = `${url}/api/v1/deviceStates/x?deviceState=INUSE`
  expect((await ask(path, 'PUT', { origin: url })).status).toBe(204)
  expect((await ask(path, 'PUT')).status).toBe(204)
  expect((await ask(path, 'PUT', { host: host.replace('127.0.0.1', 'localhost') })).status).toBe(204)
  expect((await ask(path, 'PUT', { 'sec-fetch-site': 'same-origin' })).status).toBe(204)
  const followed = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  expect((await ask(`${url}/api/v1/node`, 'GET', followed)).status).toBe(200)
  expect((await ask(path, 'PUT', followed)).status).toBe(403)
})

test('no state changes by GET or HEAD', async () => {
  await using setup = await controlSetup({ http: loopback })
  for (const method of ['GET', 'HEAD']) {
    await ask(`${setup.server.url}/api/v1/deviceStates/x?deviceState=INUSE`, method)
    await ask(`${setup.server.url}/api/v1/mailboxes/x?oldMessages=1&newMessages=1`, method)
  }
  expect(setup.node.list('device_state')).toEqual([])
  expect(setup.node.list('mwi')).toEqual([])
})

test('another address than a loopback one is not served without a token', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1']) {
    await expect(controlSetup({ http: { ...loopback, host } })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('--http-token-file') as string,
    })
  }
})

test('with a token nothing is told without it, but that the node lives', async () => {
  await using file = await tokenFile()
  await using setup = await controlSetup({ http: { ...loopback, host: '0.0.0.0', tokenFile: file.path } })
  const url = `http://127.0.0.1:${new URL(setup.server.url ?? '').port}`
  const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
  for (const path of [
    '/',
    '/metrics',
    '/api/v1/node',
    '/api/v1/events',
    '/api/v1/nothing',
    '/healthz/../api/v1/node',
  ]) {
    const answer = await ask(url + path, 'GET')
    expect([path, answer.status]).toEqual([path, 401])
    expect(answer.headers).toMatchObject({
      'www-authenticate': expect.stringMatching(/Basic .*Bearer/) as string,
      'content-type': problemType,
    })
  }
  for (const wrong of [
    'Bearer nonsense',
    `Bearer ${token}x`,
    `Digest ${token}`,
    basic('a:b'),
    basic(token),
    token,
    'Bearer',
  ]) {
    expect([wrong, (await ask(`${url}/api/v1/node`, 'GET', { authorization: wrong })).status]).toEqual([wrong, 401])
  }
  for (const right of [`Bearer ${token}`, `bearer ${token}`, basic(`admin:${token}`), basic(`:${token}`)]) {
    expect((await ask(`${url}/api/v1/node`, 'GET', { authorization: right })).status).toBe(200)
  }
  expect((await ask(`${url}/healthz`, 'GET')).status).toBe(200)
  expect((await ask(`${url}/readyz`, 'GET')).status).toBe(200)
  const foreign = { authorization: `Bearer ${token}`, origin: 'http://evil.example' }
  expect((await ask(`${url}/api/v1/deviceStates/x?deviceState=BUSY`, 'PUT', foreign)).status).toBe(403)
  expect(await setup.client.node()).toMatchObject({ name: 'pbx-a' })
})

test('while it runs HTTP takes another token and another port, and a wrong wish changes nothing', async () => {
  await using file = await tokenFile()
  await using setup = await controlSetup({ http: { ...loopback, tokenFile: file.path } })
  const { server } = setup
  const statusWith = async (given: string): Promise<number> => {
    const headers: Record<string, string> = given === '' ? {} : { authorization: `Bearer ${given}` }
    return (await ask(`${server.url}/api/v1/node`, 'GET', headers)).status
  }
  const [first, other] = [server.url, `${token}-2`]
  expect([await statusWith(token), await statusWith(other)]).toEqual([200, 401])
  await writeFile(file.path, other)
  expect(await server.useHttp({ ...loopback, tokenFile: file.path })).toBe(true)
  expect(await server.useHttp({ ...loopback, tokenFile: file.path })).toBe(false)
  expect(server.url).toBe(first)
  expect([await statusWith(token), await statusWith(other)]).toEqual([401, 200])
  await writeFile(file.path, 'short')
  await expect(server.useHttp({ ...loopback, tokenFile: file.path })).rejects.toMatchObject({ code: 'file-invalid' })
  await expect(server.useHttp({ ...loopback, host: '0.0.0.0' })).rejects.toMatchObject({ code: 'invalid-argument' })
  expect([server.url, await statusWith('short'), await statusWith(other)]).toEqual([first, 401, 200])
  await server.useHttp(loopback)
  expect(await statusWith('')).toBe(200)
  await using neighbour = await controlSetup({ http: loopback })
  const taken = Number(new URL(neighbour.server.url ?? '').port)
  await expect(server.useHttp({ ...loopback, port: taken })).rejects.toMatchObject({ code: 'address-unusable' })
  expect([server.url, await statusWith('')]).toEqual([first, 200])
  await neighbour.server.useHttp(undefined)
  await server.useHttp({ ...loopback, port: taken })
  expect([new URL(server.url ?? '').port, await statusWith('')]).toEqual([String(taken), 200])
  await expect(ask(`${first}/healthz`, 'GET')).rejects.toThrow('ECONNREFUSED')
})

test('a token that is also the whole of a longer password is not taken for it', () => {
  const check = tokenCheck(token)
  expect(check(undefined)).toBe(false)
  expect(check(`Bearer ${token} more`)).toBe(true)
  expect(check(`Basic ${Buffer.from(`a:${token}:b`).toString('base64')}`)).toBe(false)
})

test.each([
  ['readable by others', 0o644, token, 'chmod 600'],
  ['too short to be safe', 0o600, 'abc', 'holds no token'],
  ['of two lines', 0o600, `${token}\n${token}`, 'holds no token'],
  ['empty', 0o600, '', 'holds no token'],
])('a token file that is %s is refused', async (_what, mode, text, reason) => {
  await using file = await tokenFile(mode, text)
  await expect(controlSetup({ http: { ...loopback, tokenFile: file.path } })).rejects.toMatchObject({
    code: 'file-invalid',
    message: expect.stringContaining(reason) as string,
  })
  await expect(controlSetup({ http: { ...loopback, tokenFile: `${file.path}x` } })).rejects.toMatchObject({
    message: expect.stringContaining('does not exist') as string,
  })
})

test('what is too large, of no known kind or no request at all is told in problem details', async () => {
  await using setup = await controlSetup({ http: loopback })
  const { url = '' } = setup.server
  const path = `${url}/api/v1/deviceStates/x`
  const problem = { 'content-type': problemType }
  const text = { 'content-type': 'text/plain' }
  expect(await ask(path, 'PUT', text, 'INUSE')).toMatchObject({ status: 415, headers: problem })
  const json = { 'content-type': 'application/json' }
  expect(await ask(path, 'PUT', json, 'x'.repeat(20_000))).toMatchObject({ status: 413, headers: problem })
  expect(await ask(path, 'POST')).toMatchObject({
    status: 405,
    headers: { ...problem, allow: 'GET, HEAD, PUT, DELETE' },
  })
  expect(await ask(`${url}/nothing`, 'GET')).toMatchObject({ status: 404, headers: problem })
  expect(await raw(url, `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 431 [^]*application\/problem\+json[^]*"status":431/,
  )
  expect(await raw(url, 'HELO pbx\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"invalid-argument"/)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  expect((await ask(path, 'PUT', form, 'deviceState=INUSE')).status).toBe(204)
  expect(setup.node.get('device_state', 'x')).toBe('INUSE')
})

test('a head that drips in is cut off', async () => {
  await using setup = await controlSetup({ http: loopback })
  const startMs = performance.now()
  const got = await raw(setup.server.url ?? '', 'GET / HTTP/1.1\r\nhost: localhost\r\nx: ')
  expect(got).toMatch(/^HTTP\/1\.1 408 [^]*"status":408/)
  expect(performance.now() - startMs).toBeLessThan(20_000)
})

test('connections are bounded, and those that are too many are counted', async () => {
  await using setup = await controlSetup({ http: loopback })
  const { hostname, port } = new URL(setup.server.url ?? '')
  const sockets = Array.from({ length: 300 }, () => connect(Number(port), hostname))
  for (const socket of sockets) socket.on('error', () => {})
  const refused = async (): Promise<number> => (await setup.client.stats())['http_refused_too_many_connections'] ?? 0
  while ((await refused()) < 300 - 256);
  expect(await refused()).toBe(300 - 256)
  for (const socket of sockets) socket.destroy()
})
