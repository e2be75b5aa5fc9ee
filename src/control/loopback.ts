import type { FastifyInstance } from 'fastify'
import { sendProblem } from './problem-reply.ts'
import { problem } from './problem.ts'

/** An address that only this machine can reach. */
export interface LoopbackAddress {
  readonly host: string
  readonly port: number
}

const loopbackNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1', '[::1]'])

/**
 * Refuses what a web page of another origin makes a browser send. A page whose name was made to point at 127.0.0.1 (DNS rebinding) still names itself
 * in `Host`, and any other page in `Origin`.
 */
export function guardLoopback(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    const { host, origin } = request.headers
    const own = loopbackNames.has(hostnameOf(host ?? ''))
    if (own && (origin === undefined || origin === `http://${host}`)) return undefined
    sendProblem(reply, problem('forbidden', 'requests from pages of other origins are refused'))
    return reply
  })
}

const hostnameOf = (host: string): string => host.replace(/:\d+$/, '').toLowerCase()
