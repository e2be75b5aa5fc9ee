import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'

interface EntityPath {
  readonly entity: string
}

/** Whose key each entity is bound to, and the operator's word on it. */
export function trustRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get('/trust', () => node.trust())
  app.put<{ Params: EntityPath; Querystring: { peer: string } }>(
    '/trust/:entity',
    {
      schema: {
        querystring: { type: 'object', required: ['peer'], properties: { peer: { type: 'string', maxLength: 64 } } },
      },
    },
    async ({ params, query }, reply) => {
      await node.pinTrust(params.entity, query.peer)
      return reply.code(204).send()
    },
  )
  app.delete<{ Params: EntityPath }>('/trust/:entity', async ({ params }, reply) => {
    if (await node.forgetTrust(params.entity)) return reply.code(204).send()
    return sendProblem(reply, problem('not-found', `nothing is known of entity ${params.entity}`))
  })
}
