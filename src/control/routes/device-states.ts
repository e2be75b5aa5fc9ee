import type { FastifyInstance } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { parseDeviceState, type DeviceState } from '../../state/device-state.ts'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { DeviceStateView } from '../shapes.ts'
import { answer, done, listOf, type Description } from './describe.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

const channel = 'device_state'

const stateProperty = {
  type: 'object',
  properties: { deviceState: { type: 'string', description: 'The state, in any case.' } },
}

const name = 'The device, such as Custom:mystate'

const descriptions = {
  list: {
    id: 'listDeviceStates',
    summary: 'The cluster state of all devices, by name',
    answers: { 200: listOf('DeviceState') },
  },
  get: {
    id: 'getDeviceState',
    summary: 'The cluster state of a device',
    name,
    answers: { 200: answer('DeviceState') },
  },
  put: {
    id: 'setDeviceState',
    summary: 'Says what this server says of a device',
    name,
    answers: { 204: done, 400: answer('Problem'), 409: answer('Problem'), 507: answer('Problem') },
  },
  delete: {
    id: 'unsetDeviceState',
    summary: 'Takes back what this server says of a device',
    name,
    answers: { 204: done, 404: answer('Problem'), 409: answer('Problem'), 507: answer('Problem') },
  },
} as const satisfies Readonly<Record<string, Description>>

interface StateRequest {
  readonly deviceState?: string
}

/** ARI's `/deviceStates`: what is read is the cluster state, what is written is this entity's own entry. */
export function deviceStateRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get<{ Querystring: { pattern?: string } }>(
    '/deviceStates',
    {
      schema: { querystring: { type: 'object', properties: { pattern: { type: 'string', maxLength: 512 } } } },
      config: { describe: descriptions.list },
    },
    ({ query }): DeviceStateView[] =>
      node.list(channel, query.pattern).map(({ key, value }) => ({ name: key, state: value })),
  )
  // As in Asterisk, a device of which nobody alive says anything is INVALID: not known to anyone.
  app.get<{ Params: NamePath }>(
    `/deviceStates${namePath}`,
    { config: { describe: descriptions.get } },
    ({ params }): DeviceStateView => {
      const name = nameAt(params)
      return { name, state: node.get(channel, name) ?? 'INVALID' }
    },
  )
  app.put<{ Params: NamePath; Querystring: StateRequest; Body: StateRequest | null }>(
    `/deviceStates${namePath}`,
    {
      schema: { querystring: stateProperty, body: { ...stateProperty, type: ['object', 'null'] } },
      config: { describe: descriptions.put },
    },
    async ({ params, query, body }, reply) => {
      await node.set(channel, nameAt(params), wantedState({ ...body, ...query }))
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: NamePath }>(
    `/deviceStates${namePath}`,
    { config: { describe: descriptions.delete } },
    async ({ params }, reply) => {
      const name = nameAt(params)
      if (await node.unset(channel, name)) return reply.code(204).send()
      return sendProblem(reply, problem('not-found', `this entity says nothing of ${name}`))
    },
  )
}

function wantedState({ deviceState }: StateRequest): DeviceState {
  if (deviceState === undefined) {
    throw new Failure('invalid-argument', 'deviceState is missing: give it in the query or in a JSON body')
  }
  const read = parseDeviceState(deviceState)
  if (!read.ok) throw new Failure('invalid-argument', read.reason)
  return read.value
}
