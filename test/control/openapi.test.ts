import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { expect, test } from 'vitest'
import type { BridgeStatus } from '../../src/asterisk/status.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { bridgeStatus } from '../asterisk/bridge-status.ts'
import { controlSetup, loopback, type ControlSetup } from './control-setup.ts'
import { entityB, member } from './fake-node.ts'

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >
}

interface Described {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

async function described(setup: ControlSetup): Promise<Described> {
  return (await (await fetch(`${setup.server.url}/api/v1/openapi.json`)).json()) as Described
}

function validators(description: Described): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ ...description, $id: 'https://lampfield.test/openapi.json' })
  return (schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('#/', 'https://lampfield.test/openapi.json#/')) as object)
}

/** One request for each way in which each operation can answer here: method, path, expected status. */
const requests: readonly (readonly [operation: string, method: string, path: string, status: number])[] = [
  ['getNode', 'GET', '/api/v1/node', 200],
  ['listSettings', 'GET', '/api/v1/settings', 200],
  ['getStats', 'GET', '/api/v1/stats', 200],
  ['getLogLevel', 'GET', '/api/v1/logLevel', 200],
  ['setLogLevel', 'PUT', '/api/v1/logLevel?level=info', 204],
  ['setLogLevel', 'PUT', '/api/v1/logLevel?level=loud', 400],
  ['listMembers', 'GET', '/api/v1/members', 200],
  ['listChannels', 'GET', '/api/v1/channels', 200],
  ['explain', 'GET', '/api/v1/explain/Custom:x', 200],
  ['explain', 'GET', '/api/v1/explain/x?channel=weather', 409],
  ['check', 'GET', '/api/v1/check', 200],
  ['listDeviceStates', 'GET', '/api/v1/deviceStates', 200],
  ['getDeviceState', 'GET', '/api/v1/deviceStates/Custom:x', 200],
  ['setDeviceState', 'PUT', '/api/v1/deviceStates/Custom:y?deviceState=BUSY', 204],
  ['setDeviceState', 'PUT', '/api/v1/deviceStates/Custom:y', 400],
  ['unsetDeviceState', 'DELETE', '/api/v1/deviceStates/Custom:y', 204],
  ['unsetDeviceState', 'DELETE', '/api/v1/deviceStates/Custom:y', 404],
  ['listMailboxes', 'GET', '/api/v1/mailboxes', 200],
  ['getMailbox', 'GET', '/api/v1/mailboxes/100@default', 200],
  ['getMailbox', 'GET', '/api/v1/mailboxes/nobody', 404],
  ['setMailbox', 'PUT', '/api/v1/mailboxes/101@default?oldMessages=1&newMessages=2', 204],
  ['setMailbox', 'PUT', '/api/v1/mailboxes/101@default', 400],
  ['unsetMailbox', 'DELETE', '/api/v1/mailboxes/101@default', 204],
  ['unsetMailbox', 'DELETE', '/api/v1/mailboxes/101@default', 404],
  ['listHints', 'GET', '/api/v1/hints', 200],
  ['getEvents', 'GET', '/api/v1/events?channel=weather', 409],
  ['getMetrics', 'GET', '/metrics', 200],
  ['listTrust', 'GET', '/api/v1/trust', 200],
  ['pinTrust', 'PUT', `/api/v1/trust/${entityB}?peer=12D3KooWGRUaFakePeerOfNodeA`, 204],
  ['pinTrust', 'PUT', `/api/v1/trust/${entityB}`, 400],
  ['forgetTrust', 'DELETE', `/api/v1/trust/${entityB}`, 204],
  ['forgetTrust', 'DELETE', '/api/v1/trust/02:00:00:00:00:ff', 404],
  ['getAsterisk', 'GET', '/api/v1/asterisk', 200],
  ['getHealth', 'GET', '/healthz', 200],
  ['getReadiness', 'GET', '/readyz', 200],
  ['timeRoundTrips', 'POST', '/api/v1/roundTrips?changes=2', 200],
  ['getDescription', 'GET', '/api/v1/openapi.json', 200],
]

test('every route answers as its description says', async () => {
  const asterisk = (): BridgeStatus => bridgeStatus({ lastError: { at: '2026-01-01T00:00:00.000Z', sentence: 'x' } })
  await using setup = await controlSetup({ http: loopback, asterisk })
  await setup.node.set('device_state', 'Custom:x', 'INUSE')
  await setup.node.set('mwi', '100@default', { newMessages: 1, oldMessages: 2 })
  setup.node.memberViews = [member({}), member({ entity: entityB, status: 'down', roundTripMs: 1.5, alarms: ['two'] })]
  setup.node.report = {
    agreed: false,
    members: [
      {
        entity: entityB,
        name: 'b',
        verdict: 'differs',
        findings: ['it does'],
        differences: [{ channel: 'device_state', key: 'x', here: 'BUSY', there: undefined }],
      },
    ],
    alarms: [],
  }
  const description = await described(setup)
  expect(description.openapi).toMatch(/^3\.1\./)
  const validatorOf = validators(description)
  const operations = new Map(
    Object.values(description.paths).flatMap((path) => Object.values(path).map((found) => [found.operationId, found])),
  )
  for (const [id, method, path, status] of requests) {
    const answer = await fetch(setup.server.url + path, { method })
    expect([id, path, answer.status]).toEqual([id, path, status])
    const operation = operations.get(id)
    const said = operation?.responses[status] ?? operation?.responses['default']
    expect(operation?.responses[status], `${id} does not say that it answers ${status}`).toBeDefined()
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? ''
    expect(Object.keys(said?.content ?? {})).toEqual(type === '' ? [] : [type])
    const text = await answer.text()
    if (!type.endsWith('json')) continue
    const validate = validatorOf(said?.content?.[type]?.schema ?? {})
    expect(validate(JSON.parse(text)), `${id} ${text} ${JSON.stringify(validate.errors)}`).toBe(true)
  }
  const asked = new Set(requests.map(([id]) => id))
  expect([...operations.keys()].filter((id) => !asked.has(id))).toEqual([])
})

test('the check of the description can fail', async () => {
  await using setup = await controlSetup({ http: loopback })
  const validate = validators(await described(setup))({ $ref: '#/components/schemas/DeviceState' })
  expect(validate({ name: 'x', state: 'INUSE' })).toBe(true)
  expect(validate({ name: 'x', state: 'IN_USE' })).toBe(false)
  expect(validate({ name: 'x' })).toBe(false)
  expect(validate({ name: 'x', state: 'INUSE', more: 1 })).toBe(false)
})

test('what must be kept, and is not yet as the disk is full, is answered as described', async () => {
  await using setup = await controlSetup({ http: loopback })
  setup.node.fails = new Failure('not-kept', 'the disk is full')
  const writes = [
    ['setDeviceState', 'PUT', '/deviceStates/Custom:x?deviceState=INUSE'],
    ['unsetDeviceState', 'DELETE', '/deviceStates/Custom:x'],
    ['setMailbox', 'PUT', '/mailboxes/1@default?newMessages=1&oldMessages=0'],
    ['unsetMailbox', 'DELETE', '/mailboxes/1@default'],
    ['pinTrust', 'PUT', `/trust/${entityB}?peer=x`],
    ['forgetTrust', 'DELETE', `/trust/${entityB}`],
  ] as const
  const operations = Object.values((await described(setup)).paths).flatMap((path) => Object.values(path))
  for (const [id, method, path] of writes) {
    const { status } = await fetch(`${setup.server.url}/api/v1${path}`, { method })
    const listed = operations.find(({ operationId }) => operationId === id)?.responses
    expect([id, status, Object.keys(listed ?? {})]).toEqual([id, 507, expect.arrayContaining(['507'])])
  }
})
