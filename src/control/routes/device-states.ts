import type { FastifyInstance } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { parseDeviceState, type DeviceState } from '../../state/device-state.ts'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { DeviceStateView } from '../shapes.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

const channel = 'device_state'

const stateProperty = { type: 'object', properties: { deviceState: { type: 'string' } } }

interface StateRequest {
  readonly deviceState?: string
}

/** ARI's `/deviceStates`: what is read is the cluster state, what is written is this entity's own entry. */
export function deviceStateRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get<{ Querystring: { pattern?: string } }>(
    '/deviceStates',
    { schema: { querystring: { type: 'object', properties: { pattern: { type: 'string' } } } } },
    ({ query }): DeviceStateView[] =>
      node.list(channel, query.pattern).map(({ key, value }) => ({ name: key, state: value })),
  )
  // As in Asterisk, a device of which nobody alive says anything is INVALID: not known to anyone.
  app.get<{ Params: NamePath }>(`/deviceStates${namePath}`, ({ params }): DeviceStateView => {
    const name = nameAt(params)
    return { name, state: node.get(channel, name) ?? 'INVALID' }
  })
  app.put<{ Params: NamePath; Querystring: StateRequest; Body: StateRequest | null }>(
    `/deviceStates${namePath}`,
    { schema: { querystring: stateProperty, body: { ...stateProperty, type: ['object', 'null'] } } },
    async ({ params, query, body }, reply) => {
      await node.set(channel, nameAt(params), wantedState({ ...body, ...query }))
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: NamePath }>(`/deviceStates${namePath}`, async ({ params }, reply) => {
    const name = nameAt(params)
    if (await node.unset(channel, name)) return reply.code(204).send()
    return sendProblem(reply, problem('not-found', `this entity says nothing of ${name}`))
  })
}

function wantedState({ deviceState }: StateRequest): DeviceState {
  if (deviceState === undefined) {
    throw new Failure('invalid-argument', 'deviceState is missing: give it in the query or in a JSON body')
  }
  const read = parseDeviceState(deviceState)
  if (!read.ok) throw new Failure('invalid-argument', read.reason)
  return read.value
}
