import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { answer, listOf, type Description } from './describe.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

/** A check asks each member in turn; one that hangs must not hold the answer for longer than a person waits. */
const checkMaxMs = 10_000

const descriptions = {
  members: { id: 'listMembers', summary: 'Who is here, in the eyes of this node', answers: { 200: listOf('Member') } },
  channels: { id: 'listChannels', summary: 'What is shared', answers: { 200: listOf('Channel') } },
  explain: {
    id: 'explain',
    summary: 'Who says what of a key, and which rule decided',
    name: 'The device, mailbox or other key',
    answers: { 200: answer('Explanation'), 409: answer('Problem') },
  },
  roundTrips: {
    id: 'timeRoundTrips',
    summary: 'How long changes take to each member, and its answers back',
    answers: { 200: answer('RoundTrips'), 400: answer('Problem'), 409: answer('Problem') },
  },
  check: { id: 'check', summary: 'Whether all members agree', answers: { 200: answer('Check') } },
} as const satisfies Readonly<Record<string, Description>>

/** The cluster as this node sees it: members, channels, who says what of a key, and whether all agree. */
export function memberRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/members', { config: { describe: descriptions.members } }, () => node.members())
  app.get('/channels', { config: { describe: descriptions.channels } }, () => node.channels())
  app.get<{ Params: NamePath; Querystring: { channel: string } }>(
    `/explain${namePath}`,
    {
      schema: { querystring: { type: 'object', properties: { channel: { type: 'string', default: 'device_state' } } } },
      config: { describe: descriptions.explain },
    },
    ({ params, query }) => node.explain(query.channel, nameAt(params)),
  )
  app.post<{ Querystring: { changes: number } }>(
    '/roundTrips',
    {
      schema: { querystring: { type: 'object', properties: { changes: { type: 'integer', default: 20 } } } },
      config: { describe: descriptions.roundTrips },
    },
    ({ query, raw }, reply) => {
      // Whoever asked is gone: nobody waits for the rest, and the device is to go away again.
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort(new Error(`${raw.url} was given up`)))
      return node.roundTrips({ changes: query.changes, signal: gone.signal })
    },
  )
  app.get('/check', { config: { describe: descriptions.check } }, () =>
    node.check({ signal: AbortSignal.timeout(checkMaxMs) }),
  )
}
