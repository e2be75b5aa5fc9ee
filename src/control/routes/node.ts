import type { FastifyInstance } from 'fastify'
import { logLevels } from '../../runtime/log.ts'
import type { ControlContext } from '../context.ts'
import type { LogLevelView } from '../shapes.ts'
import { answer, done, listOf, type Description } from './describe.ts'

const descriptions = {
  node: { id: 'getNode', summary: 'Who this node is', answers: { 200: answer('Node') } },
  settings: {
    id: 'listSettings',
    summary: 'What is set, and where it came from',
    answers: { 200: listOf('Setting') },
  },
  stats: { id: 'getStats', summary: 'What was counted', answers: { 200: answer('Stats') } },
  getLogLevel: { id: 'getLogLevel', summary: 'How much is logged', answers: { 200: answer('LogLevel') } },
  setLogLevel: {
    id: 'setLogLevel',
    summary: 'Turns the log, until the configuration is read again',
    answers: { 204: done, 400: answer('Problem') },
  },
} as const satisfies Readonly<Record<string, Description>>

/** Who the node is, what is set and what was counted. */
export function nodeRoutes(app: FastifyInstance, context: ControlContext): void {
  const { identity, settings, node, hub, logControl, counts } = context
  app.get('/node', { config: { describe: descriptions.node } }, () => identity())
  app.get('/settings', { config: { describe: descriptions.settings } }, () => settings())
  app.get('/stats', { config: { describe: descriptions.stats } }, () => ({
    ...node.stats(),
    ...hub.stats(),
    ...counts(),
  }))
  app.get('/logLevel', { config: { describe: descriptions.getLogLevel } }, (): LogLevelView => ({
    level: logControl.level,
  }))
  app.put<{ Querystring: LogLevelView }>(
    '/logLevel',
    {
      config: { describe: descriptions.setLogLevel },
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
