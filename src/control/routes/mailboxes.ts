import type { FastifyInstance } from 'fastify'
import { Failure } from '../../runtime/failure.ts'
import { messagesMax, type MailboxCounts } from '../../state/mailbox.ts'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { MailboxView } from '../shapes.ts'
import { nameAt, namePath, type NamePath } from './name-path.ts'

const channel = 'mwi'

const count = { type: 'integer', minimum: 0, maximum: messagesMax }
const countProperties = { type: 'object', properties: { oldMessages: count, newMessages: count } }

type CountRequest = Partial<MailboxCounts>

/** ARI's `/mailboxes`. */
export function mailboxRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/mailboxes', (): MailboxView[] => node.list(channel).map(({ key, value }) => mailboxView(key, value)))
  app.get<{ Params: NamePath }>(`/mailboxes${namePath}`, ({ params }, reply) => {
    const name = nameAt(params)
    const counts = node.get(channel, name)
    if (counts !== undefined) return reply.send(mailboxView(name, counts))
    return sendProblem(reply, problem('not-found', `no entity says anything of mailbox ${name}`))
  })
  app.put<{ Params: NamePath; Querystring: CountRequest; Body: CountRequest | null }>(
    `/mailboxes${namePath}`,
    { schema: { querystring: countProperties, body: { ...countProperties, type: ['object', 'null'] } } },
    async ({ params, query, body }, reply) => {
      await node.set(channel, nameAt(params), wantedCounts({ ...body, ...query }))
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: NamePath }>(`/mailboxes${namePath}`, async ({ params }, reply) => {
    const name = nameAt(params)
    if (await node.unset(channel, name)) return reply.code(204).send()
    return sendProblem(reply, problem('not-found', `this entity says nothing of mailbox ${name}`))
  })
}

function mailboxView(name: string, counts: MailboxCounts): MailboxView {
  return { name, old_messages: counts.oldMessages, new_messages: counts.newMessages }
}

function wantedCounts({ oldMessages, newMessages }: CountRequest): MailboxCounts {
  if (oldMessages !== undefined && newMessages !== undefined) return { oldMessages, newMessages }
  const missing = oldMessages === undefined ? 'oldMessages' : 'newMessages'
  throw new Failure('invalid-argument', `${missing} is missing: give it in the query or in a JSON body`)
}
