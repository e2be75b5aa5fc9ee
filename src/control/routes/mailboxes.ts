import type { FastifyInstance } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { messagesMax, type MailboxCounts } from '../../state/mailbox.ts'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { MailboxView } from '../shapes.ts'
import { answer, done, listOf, type Description } from './describe.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

const channel = 'mwi'

const count = { type: 'integer', minimum: 0, maximum: messagesMax }
const countProperties = { type: 'object', properties: { oldMessages: count, newMessages: count } }

const name = 'The mailbox, such as 100@default'

const descriptions = {
  list: { id: 'listMailboxes', summary: 'All mailboxes, by name', answers: { 200: listOf('Mailbox') } },
  get: {
    id: 'getMailbox',
    summary: 'What waits in a mailbox',
    name,
    answers: { 200: answer('Mailbox'), 404: answer('Problem') },
  },
  put: {
    id: 'setMailbox',
    summary: 'Says what waits in a mailbox',
    name,
    answers: { 204: done, 400: answer('Problem'), 409: answer('Problem'), 507: answer('Problem') },
  },
  delete: {
    id: 'unsetMailbox',
    summary: 'Takes back what this server says of a mailbox',
    name,
    answers: { 204: done, 404: answer('Problem'), 409: answer('Problem'), 507: answer('Problem') },
  },
} as const satisfies Readonly<Record<string, Description>>

type CountRequest = Partial<MailboxCounts>

/** ARI's `/mailboxes`. */
export function mailboxRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/mailboxes', { config: { describe: descriptions.list } }, (): MailboxView[] =>
    node.list(channel).map(({ key, value }) => mailboxView(key, value)),
  )
  app.get<{ Params: NamePath }>(
    `/mailboxes${namePath}`,
    { config: { describe: descriptions.get } },
    ({ params }, reply) => {
      const name = nameAt(params)
      const counts = node.get(channel, name)
      if (counts !== undefined) return reply.send(mailboxView(name, counts))
      return sendProblem(reply, problem('not-found', `no entity says anything of mailbox ${name}`))
    },
  )
  app.put<{ Params: NamePath; Querystring: CountRequest; Body: CountRequest | null }>(
    `/mailboxes${namePath}`,
    {
      schema: { querystring: countProperties, body: { ...countProperties, type: ['object', 'null'] } },
      config: { describe: descriptions.put },
    },
    async ({ params, query, body }, reply) => {
      await node.set(channel, nameAt(params), wantedCounts({ ...body, ...query }))
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: NamePath }>(
    `/mailboxes${namePath}`,
    { config: { describe: descriptions.delete } },
    async ({ params }, reply) => {
      const name = nameAt(params)
      if (await node.unset(channel, name)) return reply.code(204).send()
      return sendProblem(reply, problem('not-found', `this entity says nothing of mailbox ${name}`))
    },
  )
}

function mailboxView(name: string, counts: MailboxCounts): MailboxView {
  return { name, old_messages: counts.oldMessages, new_messages: counts.newMessages }
}

function wantedCounts({ oldMessages, newMessages }: CountRequest): MailboxCounts {
  if (oldMessages !== undefined && newMessages !== undefined) return { oldMessages, newMessages }
  const missing = oldMessages === undefined ? 'oldMessages' : 'newMessages'
  throw new Failure('invalid-argument', `${missing} is missing: give it in the query or in a JSON body`)
}
