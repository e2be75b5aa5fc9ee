import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import { answer, type Description } from './describe.ts'

const describe: Description = {
  id: 'getAsterisk',
  summary: 'The link to the local Asterisk',
  answers: { 200: answer('Asterisk'), 404: answer('Problem') },
}

/** The link to a local Asterisk. */
export function asteriskRoutes(app: FastifyInstance, { asterisk }: ControlContext): void {
  app.get('/asterisk', { config: { describe } }, (_request, reply) => {
    if (asterisk !== undefined) return reply.send(asterisk())
    const remedy = 'set mode = bridge in the [asterisk] section of lampfield.conf and start the node again'
    return sendProblem(reply, problem('not-found', `this node has no link to an Asterisk: ${remedy}`))
  })
}
