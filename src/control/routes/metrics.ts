import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'

/** What is measured, for Prometheus and whoever reads its text format. */
export function metricRoutes(app: FastifyInstance, { metrics }: ControlContext): void {
  const describe = {
    id: 'getMetrics',
    summary: 'What is measured, in the text format of Prometheus',
    answers: { 200: { description: 'The metrics.', contentType: 'text/plain' } },
  }
  app.get('/metrics', { config: { describe } }, async (_request, reply) => {
    const text = await metrics.text()
    // Text must not go through the serializer of the answers in JSON.
    return reply.header('content-type', metrics.contentType).serializer(String).send(text)
  })
}
