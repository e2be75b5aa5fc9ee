import type { FastifyInstance, FastifyRequest } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { nameMatcher } from '../../state/device-name.ts'
import type { ControlContext } from '../context.ts'
import type { StreamStart } from '../event-hub.ts'
import { eventTypes, usualEventTypes, type EventType } from '../shapes.ts'
import { responseSink, socketSink } from '../sink.ts'
import { answer } from './describe.ts'

interface EventQuery {
  readonly pattern: string
  readonly channel?: string
  readonly types?: string
  readonly snapshot: string
  readonly lastEventId?: string
  readonly gatherMs: number
}

const querystring = {
  type: 'object',
  properties: {
    pattern: { type: 'string', default: '*', description: 'Keys to hear of; `*` stands for anything.' },
    channel: { type: 'string', description: 'One channel instead of all.' },
    types: { type: 'string', description: `Kinds of events, with commas between: ${eventTypes.join(', ')}.` },
    snapshot: {
      type: 'string',
      enum: ['0', '1', 'false', 'true'],
      default: '0',
      description: 'Whether the cluster state is told first.',
    },
    gatherMs: {
      type: 'integer',
      minimum: 0,
      maximum: 1000,
      default: 8,
      description:
        'Milliseconds: what happens within them may come in one piece, the first after quiet at once. Who draws for people wants them longer than who acts.',
    },
    lastEventId: {
      type: 'string',
      maxLength: 64,
      description: 'As the header Last-Event-ID, for those who cannot set it.',
    },
  },
}

const describe = {
  id: 'getEvents',
  summary: 'What happens, as it happens; as a WebSocket, the DeviceStateChanged objects of ARI',
  answers: {
    200: {
      description:
        'Events until the node stops: change, entry, member, alarm, snapshot, reset, end. Whoever comes back with the number of the last event it saw gets what it missed, or a reset and a snapshot.',
      contentType: 'text/event-stream',
    },
    400: answer('Problem'),
    409: answer('Problem'),
    507: answer('Problem'),
  },
}

/** What happens, as it happens: as server-sent events, or over a WebSocket. */
export function eventRoutes(app: FastifyInstance, context: ControlContext): void {
  const { hub } = context
  app.route<{ Querystring: EventQuery }>({
    method: 'GET',
    url: '/events',
    schema: { querystring },
    config: { describe },
    // A HEAD request would open a stream of which nothing may be sent.
    exposeHeadRoute: false,
    // Before the upgrade: afterwards there is no way to say what was wrong.
    preHandler: async (request) => {
      startOf(request, context)
      hub.admit()
    },
    handler: (request, reply) => {
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value)
      }
      hub.openEvents(responseSink(reply.raw), startOf(request, context))
      reply.hijack()
    },
    wsHandler: (socket, request) => {
      // Nothing is expected from this side; what comes is read and let go, and anything large ends the connection.
      hub.openAri(socketSink(socket), startOf(request, context))
    },
  })
}

function startOf(request: FastifyRequest<{ Querystring: EventQuery }>, { node }: ControlContext): StreamStart {
  const { pattern, channel, types, snapshot, lastEventId, gatherMs } = request.query
  const known = node.channels().find((view) => view.channel === channel)
  if (channel !== undefined && known?.subscribe !== true) {
    throw new Failure('channel-closed', `this node does not subscribe the channel "${channel}"`)
  }
  const wanted = types === undefined ? usualEventTypes : types.split(',').map(readType)
  const header = request.headers['last-event-id']
  return {
    filter: { types: new Set(wanted), channel, matches: nameMatcher(pattern) },
    snapshot: snapshot === '1' || snapshot === 'true',
    gatherMs,
    lastEventId: lastEventId ?? (typeof header === 'string' ? header : undefined),
  }
}

function readType(text: string): EventType {
  const type = eventTypes.find((known) => known === text)
  if (type !== undefined) return type
  throw new Failure(
    'invalid-argument',
    `"${text.slice(0, 40)}" is no kind of event: there are ${eventTypes.join(', ')}`,
  )
}
