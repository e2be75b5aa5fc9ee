import { deviceStates } from '../state/device-state.ts'
import { messagesMax } from '../state/mailbox.ts'

/** A JSON schema (draft 2020-12, as OpenAPI 3.1 has it). */
export type Schema = Readonly<Record<string, unknown>>

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const count = { type: 'integer', minimum: 0 } as const
const number = { type: 'number' } as const
const time = { type: 'string', format: 'date-time' } as const
const anything = {} as const
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })
const list = (items: Schema): Schema => ({ type: 'array', items })
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
const wordOf = (words: readonly string[]): Schema => ({ type: 'string', enum: words })

/** Every name is always there, and there are no others: what is not known is null. */
const object = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
})

const entityId = { type: 'string', pattern: '^([0-9a-f]{2}:){5}[0-9a-f]{2}$' } as const
const standings = ['self', 'alive', 'suspect', 'down', 'left']
const statuses = ['idle', 'starting', 'running', 'stopping', 'stopped']
const counts = { type: 'integer', minimum: 0, maximum: messagesMax } as const

export type ShapeName =
  | 'Node'
  | 'DeviceState'
  | 'Mailbox'
  | 'Member'
  | 'Channel'
  | 'Hint'
  | 'Setting'
  | 'Explanation'
  | 'Check'
  | 'RoundTrips'
  | 'Trust'
  | 'Asterisk'
  | 'LogLevel'
  | 'Stats'
  | 'Health'
  | 'Description'
  | 'Problem'

/** Every shape of the interface by its name in the description. */
export const apiShapes: Readonly<Record<ShapeName, Schema>> = {
  Node: object({
    entity: entityId,
    peer: text,
    name: text,
    cluster: text,
    keyed: flag,
    status: wordOf(statuses),
    addresses: list(text),
    dataDirectory: text,
    version: text,
    pid: count,
    startedAt: time,
  }),
  DeviceState: object({ name: text, state: wordOf(deviceStates) }),
  Mailbox: object({ name: text, old_messages: counts, new_messages: counts }),
  Member: object({
    entity: entityId,
    name: text,
    peer: text,
    status: wordOf(standings),
    connected: flag,
    addresses: list(text),
    channels: list(object({ channel: text, publish: flag, subscribe: flag })),
    incarnation: count,
    statusForMs: number,
    heardAgoMs: number,
    roundTripMs: orNull(number),
    lagMs: number,
    agrees: flag,
    entries: count,
    alarms: list(text),
  }),
  Channel: object({
    channel: text,
    publish: flag,
    subscribe: flag,
    keys: count,
    ownEntries: count,
    publishers: count,
    subscribers: count,
  }),
  Hint: object({
    extension: text,
    devices: list(ref('DeviceState')),
    state: text,
    code: count,
    watchers: count,
  }),
  Setting: object({ name: text, value: anything, source: text }),
  Explanation: object({
    channel: text,
    key: text,
    value: anything,
    entries: list(
      object({
        entity: entityId,
        name: text,
        value: anything,
        sinceMs: number,
        stamp: count,
        incarnation: count,
        status: wordOf([...standings, 'unknown']),
        counted: flag,
        why: text,
      }),
    ),
    rule: text,
  }),
  Check: object({
    agreed: flag,
    members: list(
      object({
        entity: entityId,
        name: text,
        verdict: wordOf(['agrees', 'differs', 'unreachable']),
        findings: list(text),
        differences: list(object({ channel: text, key: text, here: anything, there: anything })),
      }),
    ),
    alarms: list(text),
  }),
  RoundTrips: object({
    key: text,
    changes: number,
    members: list(object({ entity: entityId, name: text, questionMs: list(number), changeMs: list(number) })),
  }),
  Trust: object({
    entity: entityId,
    name: orNull(text),
    peer: text,
    standing: wordOf(['alive', 'suspect', 'down', 'left', 'unseen']),
    claimedBy: orNull(text),
  }),
  Asterisk: object({
    mode: wordOf(['bridge', 'observe']),
    link: wordOf(['up', 'down']),
    linkForMs: number,
    heardAgoMs: orNull(number),
    sipListen: text,
    asterisk: text,
    transport: wordOf(['udp', 'tcp']),
    entity: entityId,
    asteriskEntity: orNull(entityId),
    exchanges: flag,
    ownDevices: count,
    remoteDevices: count,
    remoteMailboxes: count,
    publicationsIn: count,
    publicationsOut: count,
    queue: count,
    lastDelivery: orNull(time),
    lastRefresh: orNull(time),
    lastError: orNull(object({ at: time, sentence: text })),
    counts: { type: 'object', additionalProperties: number },
    comparison: object({
      devices: count,
      differing: count,
      differences: list(object({ device: text, asterisk: wordOf(deviceStates), lampfield: wordOf(deviceStates) })),
    }),
  }),
  LogLevel: object({ level: wordOf(['error', 'warn', 'info', 'debug']) }),
  Stats: { type: 'object', additionalProperties: number },
  Health: object({ status: wordOf(statuses) }),
  Description: { type: 'object', required: ['openapi', 'paths'], additionalProperties: true },
  Problem: {
    description: 'Problem details (RFC 9457). Programs compare `code`, people read `detail`.',
    ...object({ type: { const: 'about:blank' }, title: text, status: count, detail: text, code: text }),
  },
}
