import { request } from 'node:http'
import { expect, test } from 'vitest'
import type { Problem } from '../../src/control/problem.ts'
import type { LogLevel } from '../../src/runtime/log.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { controlSetup, type ControlSetup } from './control-setup.ts'

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: unknown
}

function ask(setup: ControlSetup, method: string, path: string, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const outgoing = request({ socketPath: setup.server.socketPath, method, path: `/api/v1${path}`, headers })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (part: string) => {
        text += part
      })
      response.on('end', () => {
        const type = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, type, body: text === '' ? undefined : JSON.parse(text) })
      })
    })
    outgoing.end(body)
  })
}

test('device states have the shapes of ARI', async () => {
  await using setup = await controlSetup()
  expect(await ask(setup, 'PUT', '/deviceStates/Custom%3Ax?deviceState=INUSE')).toMatchObject({ status: 204 })
  expect(await ask(setup, 'PUT', '/deviceStates/PJSIP%2Falice', '{"deviceState":"busy"}')).toMatchObject({
    status: 204,
  })
  expect((await ask(setup, 'GET', '/deviceStates')).body).toEqual([
    { name: 'Custom:x', state: 'INUSE' },
    { name: 'PJSIP/alice', state: 'BUSY' },
  ])
  expect((await ask(setup, 'GET', '/deviceStates?pattern=PJSIP/*')).body).toEqual([
    { name: 'PJSIP/alice', state: 'BUSY' },
  ])
  expect((await ask(setup, 'GET', '/deviceStates/Custom:x')).body).toEqual({ name: 'Custom:x', state: 'INUSE' })
  expect((await ask(setup, 'DELETE', '/deviceStates/Custom:x')).status).toBe(204)
  expect((await ask(setup, 'GET', '/deviceStates/Custom:x')).body).toEqual({ name: 'Custom:x', state: 'INVALID' })
  expect(await ask(setup, 'DELETE', '/deviceStates/Custom:x')).toMatchObject({
    status: 404,
    body: { code: 'not-found' },
  })
})

test.each(['PJSIP/alice', 'Custom:a b', '100%', 'a%2Fb', 'ümläut&=?#', '..', 'x'.repeat(255), '日'.repeat(85)])(
  'a device may be called %s',
  async (name) => {
    await using setup = await controlSetup()
    const path = `/deviceStates/${encodeURIComponent(name)}`
    expect((await ask(setup, 'PUT', `${path}?deviceState=INUSE`)).status).toBe(204)
    expect((await ask(setup, 'GET', path)).body).toEqual({ name, state: 'INUSE' })
  },
)

test('a slash in a name need not be encoded', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'PJSIP/alice', 'INUSE')
  expect((await ask(setup, 'GET', '/deviceStates/PJSIP/alice')).body).toEqual({ name: 'PJSIP/alice', state: 'INUSE' })
})

test('mailboxes have the shapes of ARI', async () => {
  await using setup = await controlSetup()
  const path = '/mailboxes/100%40default'
  expect(await ask(setup, 'GET', path)).toMatchObject({ status: 404, body: { code: 'not-found' } })
  expect((await ask(setup, 'PUT', `${path}?oldMessages=1&newMessages=2`)).status).toBe(204)
  expect((await ask(setup, 'GET', path)).body).toEqual({ name: '100@default', old_messages: 1, new_messages: 2 })
  expect((await ask(setup, 'PUT', path, '{"oldMessages":3,"newMessages":0}')).status).toBe(204)
  expect((await ask(setup, 'GET', '/mailboxes')).body).toEqual([
    { name: '100@default', old_messages: 3, new_messages: 0 },
  ])
  expect((await ask(setup, 'DELETE', path)).status).toBe(204)
  expect((await ask(setup, 'DELETE', path)).status).toBe(404)
})

test.each([
  ['PUT', '/deviceStates/x', 400, 'deviceState is missing'],
  ['PUT', '/deviceStates/x?deviceState=IN_USE', 400, 'the states are UNKNOWN, NOT_INUSE'],
  ['PUT', '/mailboxes/x?oldMessages=1', 400, 'newMessages is missing'],
  ['PUT', '/mailboxes/x?oldMessages=1&newMessages=-1', 400, 'newMessages must be >= 0'],
  ['PUT', '/mailboxes/x?oldMessages=1&newMessages=many', 400, 'newMessages must be integer'],
  ['GET', '/deviceStates/', 400, 'a name cannot be empty'],
  ['PUT', '/mailboxes/?oldMessages=1&newMessages=1', 400, 'a name cannot be empty'],
  ['GET', '/deviceStates/%zz', 400, 'not a valid url'],
  ['GET', '/nothing', 404, 'there is no GET /api/v1/nothing'],
  ['POST', '/deviceStates/x', 405, 'it takes GET, HEAD, PUT, DELETE'],
  ['DELETE', '/hints', 405, 'it takes GET'],
  ['PUT', '/mailboxes', 405, 'it takes GET'],
  ['GET', '/explain/x?channel=weather', 409, 'there is no channel "weather"'],
  ['GET', '/events?channel=weather', 409, 'does not subscribe'],
  ['GET', '/events?types=rain', 400, 'no kind of event'],
])('%s %s is answered with %i problem details', async (method, path, status, detail) => {
  await using setup = await controlSetup()
  const answer = await ask(setup, method, path)
  expect(answer).toMatchObject({ status, type: expect.stringContaining('application/problem+json') as string })
  expect(answer.body).toMatchObject({ type: 'about:blank', status, detail: expect.stringContaining(detail) as string })
})

test('a body that is no JSON is refused and changes nothing', async () => {
  await using setup = await controlSetup()
  expect(await ask(setup, 'PUT', '/deviceStates/x', '{')).toMatchObject({ status: 400 })
  expect(await ask(setup, 'PUT', '/deviceStates/x', `"${'x'.repeat(20_000)}"`)).toMatchObject({ status: 413 })
  expect(setup.node.list('device_state')).toEqual([])
})

test('failures of the node keep their code, and errors of ours are not told', async () => {
  await using setup = await controlSetup()
  setup.node.fails = new Failure('limit-reached', 'this entity has 131072 entries: no more are taken')
  const full = (await ask(setup, 'PUT', '/deviceStates/x?deviceState=INUSE')).body as Problem
  expect(full).toMatchObject({ status: 507, code: 'limit-reached', detail: setup.node.fails.message })
  setup.node.fails = new TypeError('secret is not a function')
  const broken = (await ask(setup, 'PUT', '/deviceStates/x?deviceState=INUSE')).body as Problem
  expect(broken).toMatchObject({ status: 500, code: 'internal' })
  expect(broken.detail).not.toContain('secret')
})

test('what is not known is null, never left out', async () => {
  await using setup = await controlSetup()
  expect((await ask(setup, 'GET', '/explain/Custom%3Ax')).body).toEqual({
    channel: 'device_state',
    key: 'Custom:x',
    value: null,
    entries: [],
    rule: 'the only entry counts',
  })
  expect((await ask(setup, 'GET', '/members')).body).toMatchObject([{ roundTripMs: null }, { roundTripMs: null }])
})

test('hints show the folded extension state and who watches', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'Custom:mystate', 'INUSE')
  await setup.node.set('device_state', 'PJSIP/alice', 'RINGING')
  const leaving = new AbortController()
  await setup.client.events({ pattern: 'Custom:*', signal: leaving.signal })
  await setup.client.events({ pattern: 'IAX2/*', signal: leaving.signal })
  expect((await ask(setup, 'GET', '/hints')).body).toEqual([
    {
      extension: '1234',
      devices: [
        { name: 'Custom:mystate', state: 'INUSE' },
        { name: 'PJSIP/alice', state: 'RINGING' },
      ],
      state: 'InUse&Ringing',
      code: 9,
      watchers: 1,
    },
  ])
  leaving.abort()
})

test('the log level can be turned, to one that there is', async () => {
  const logControl: { level: LogLevel } = { level: 'info' }
  await using setup = await controlSetup({ logControl })
  expect((await ask(setup, 'GET', '/logLevel')).body).toEqual({ level: 'info' })
  expect((await ask(setup, 'PUT', '/logLevel?level=debug')).status).toBe(204)
  expect(logControl.level).toBe('debug')
  for (const query of ['', '?level=', '?level=loud']) {
    expect(await ask(setup, 'PUT', `/logLevel${query}`)).toMatchObject({
      status: 400,
      body: { code: 'invalid-argument' },
    })
  }
  expect(logControl.level).toBe('debug')
})

test('identity, settings, channels, counters and the check are told', async () => {
  await using setup = await controlSetup()
  expect((await ask(setup, 'GET', '/node')).body).toMatchObject({
    entity: '02:00:00:00:00:0a',
    name: 'pbx-a',
    cluster: 'test',
    keyed: false,
    status: 'running',
    version: '0.0.1',
    dataDirectory: setup.dataDirectory,
    pid: process.pid,
  })
  expect((await ask(setup, 'GET', '/settings')).body).toEqual([{ name: 'cluster', value: 'test', source: 'default' }])
  expect((await ask(setup, 'GET', '/channels')).body).toHaveLength(2)
  expect((await ask(setup, 'GET', '/stats')).body).toEqual({
    changes_published: 3,
    event_streams_open: 0,
    event_streams_dropped: 0,
  })
  expect((await ask(setup, 'GET', '/check')).body).toEqual({ agreed: true, members: [], alarms: [] })
})
