import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

/** A check asks each member in turn; one that hangs must not hold the answer for longer than a person waits. */
const checkMaxMs = 10_000

/** The cluster as this node sees it: members, channels, who says what of a key, and whether all agree. */
export function memberRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/members', () => node.members())
  app.get('/channels', () => node.channels())
  app.get<{ Params: NamePath; Querystring: { channel: string } }>(
    `/explain${namePath}`,
    {
      schema: { querystring: { type: 'object', properties: { channel: { type: 'string', default: 'device_state' } } } },
    },
    ({ params, query }) => node.explain(query.channel, nameAt(params)),
  )
  app.get('/check', () => node.check({ signal: AbortSignal.timeout(checkMaxMs) }))
}
