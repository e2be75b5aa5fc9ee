import type { FastifyInstance } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { nameMatcher } from '../../state/device-name.ts'
import type { ControlContext } from '../context.ts'
import type { StreamFilter } from '../event-stream.ts'
import { eventTypes, usualEventTypes, type EventType } from '../shapes.ts'

interface EventQuery {
  readonly pattern: string
  readonly channel?: string
  readonly types?: string
  readonly snapshot: boolean
}

const querystring = {
  type: 'object',
  properties: {
    pattern: { type: 'string', default: '*' },
    channel: { type: 'string' },
    types: { type: 'string' },
    snapshot: { type: 'string', enum: ['0', '1', 'false', 'true'], default: '0' },
  },
}

/** Server-sent events: what happens, as it happens. */
export function eventRoutes(app: FastifyInstance, { node, hub }: ControlContext): void {
  app.get<{ Querystring: Omit<EventQuery, 'snapshot'> & { snapshot: string } }>(
    '/events',
    { schema: { querystring } },
    (request, reply) => {
      const { query } = request
      const known = node.channels().find((view) => view.channel === query.channel)
      if (query.channel !== undefined && known?.subscribe !== true) {
        throw new Failure('channel-closed', `this node does not subscribe the channel "${query.channel}"`)
      }
      const filter = filterOf(query)
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value)
      }
      hub.open(reply.raw, filter, query.snapshot === '1' || query.snapshot === 'true')
      reply.hijack()
    },
  )
}

function filterOf({ pattern, channel, types }: Omit<EventQuery, 'snapshot'>): StreamFilter {
  const wanted = types === undefined ? usualEventTypes : types.split(',').map(readType)
  return { types: new Set(wanted), channel, matches: nameMatcher(pattern) }
}

function readType(text: string): EventType {
  const type = eventTypes.find((known) => known === text)
  if (type !== undefined) return type
  throw new Failure(
    'invalid-argument',
    `"${text.slice(0, 40)}" is no kind of event: there are ${eventTypes.join(', ')}`,
  )
}
