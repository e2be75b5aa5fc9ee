import type { FastifyInstance } from 'fastify'
import type { ControlContext } from '../context.ts'
import { sendProblem } from '../problem-reply.ts'
import { problem } from '../problem.ts'
import type { HealthView } from '../shapes.ts'
import { answer } from './describe.ts'

export const healthPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz'])

/** A node that found nobody within this time is alone, and what it shows is all there is. */
const aloneAfterMs = 3000

/** For those who watch over processes: `/healthz` says that it runs, `/readyz` that what it shows can be relied upon. */
export function healthRoutes(app: FastifyInstance, { node }: ControlContext): void {
  app.get(
    '/healthz',
    {
      config: {
        describe: { id: 'getHealth', summary: 'Whether the node answers', answers: { 200: answer('Health') } },
      },
    },
    (): HealthView => ({ status: node.status }),
  )
  const answers = { 200: answer('Health'), 503: answer('Problem') }
  app.get(
    '/readyz',
    {
      config: { describe: { id: 'getReadiness', summary: 'Whether the node has caught up with the others', answers } },
    },
    (_request, reply) => {
      if (node.status === 'running' && isCaughtUp(node)) return reply.send({ status: node.status } satisfies HealthView)
      const reason = node.status === 'running' ? 'it still looks for the others' : `it is ${node.status}`
      return sendProblem(reply, problem('not-running', `the node is not ready: ${reason}`))
    },
  )
}

function isCaughtUp(node: ControlContext['node']): boolean {
  const [self, ...others] = node.members()
  if ((self?.statusForMs ?? 0) >= aloneAfterMs) return true
  return others.length > 0 && others.every(({ connected, lagMs, agrees }) => !connected || (lagMs === 0 && agrees))
}
