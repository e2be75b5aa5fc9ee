import type { FastifyInstance } from 'fastify'
import { logLevels } from '../../runtime/log.ts'
import type { ControlContext } from '../context.ts'
import type { LogLevelView } from '../shapes.ts'

/** Who the node is, what is set and what was counted. */
export function nodeRoutes(app: FastifyInstance, context: ControlContext): void {
  const { identity, settings, node, hub, logControl, counts } = context
  app.get('/node', () => identity())
  app.get('/settings', () => settings())
  app.get('/stats', () => ({ ...node.stats(), ...hub.stats(), ...counts() }))
  app.get('/logLevel', (): LogLevelView => ({ level: logControl.level }))
  app.put<{ Querystring: LogLevelView }>(
    '/logLevel',
    {
      schema: {
        querystring: {
          type: 'object',
          required: ['level'],
          properties: { level: { type: 'string', enum: logLevels } },
        },
      },
    },
    async ({ query }, reply) => {
      logControl.level = query.level
      return reply.code(204).send()
    },
  )
}
