import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import { answer, done, listOf, type Description } from './describe.ts'

interface EntityPath {
  readonly entity: string
}

const name = 'The entity ID'

const descriptions = {
  list: { id: 'listTrust', summary: 'Whose key each entity is bound to', answers: { 200: listOf('Trust') } },
  pin: {
    id: 'pinTrust',
    summary: 'Binds an entity to a peer',
    name,
    answers: { 204: done, 400: answer('Problem'), 507: answer('Problem') },
  },
  forget: {
    id: 'forgetTrust',
    summary: 'Forgets whose key an entity is bound to',
    name,
    answers: { 204: done, 404: answer('Problem'), 507: answer('Problem') },
  },
} as const satisfies Readonly<Record<string, Description>>

/** Whose key each entity is bound to, and the operator's word on it. */
export function trustRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/trust', { config: { describe: descriptions.list } }, () => node.trust())
  app.put<{ Params: EntityPath; Querystring: { peer: string } }>(
    '/trust/:entity',
    {
      config: { describe: descriptions.pin },
      schema: {
        querystring: { type: 'object', required: ['peer'], properties: { peer: { type: 'string', maxLength: 64 } } },
      },
    },
    async ({ params, query }, reply) => {
      await node.pinTrust(params.entity, query.peer)
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: EntityPath }>(
    '/trust/:entity',
    { config: { describe: descriptions.forget } },
    async ({ params }, reply) => {
      if (await node.forgetTrust(params.entity)) return reply.code(204).send()
      return sendProblem(reply, problem('not-found', `nothing is known of entity ${params.entity}`))
    },
  )
}
