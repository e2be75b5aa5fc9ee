import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'

/** Who the node is, what is set and what was counted. */
export function nodeRoutes(app: FastifyInstance, { identity, settings, node, hub }: ControlContext): void {
  app.get('/node', () => identity())
  app.get('/settings', () => settings)
  app.get('/stats', () => ({ ...node.stats(), ...hub.stats() }))
}
