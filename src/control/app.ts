import fastify, { type FastifyError, type FastifyInstance } from 'fastify'
import { Failure } from '../runtime/failure.ts'
import type { ControlContext } from './context.ts'
import { toJson } from './json.ts'
import { problem, type Problem } from './problem.ts'
import { sendProblem } from './problem-reply.ts'
import { deviceStateRoutes } from './routes/device-states.ts'
import { eventRoutes } from './routes/events.ts'
import { hintRoutes } from './routes/hints.ts'
import { mailboxRoutes } from './routes/mailboxes.ts'
import { memberRoutes } from './routes/members.ts'
import { nodeRoutes } from './routes/node.ts'
import { trustRoutes } from './routes/trust.ts'
import { apiRoot, apiVersion } from './shapes.ts'

/** Bytes of a request's body: every one is a small object. */
const bodyMaxBytes = 16 * 1024

/** A name in a path: the longest that the wire takes (512 bytes), each byte of which may be written as `%xx`. */
const nameMaxCharacters = 3 * 512

/** A request arrives whole within this time, or its connection is closed. */
const requestMaxMs = 10_000

/** The control interface as an application that listens nowhere yet. */
export function controlApp(context: ControlContext): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyMaxBytes,
    requestTimeout: requestMaxMs,
    // Streams stay open for ever: stopping must not wait for their readers.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: nameMaxCharacters },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problem('invalid-argument', sentenceOf(error)))
    },
  })
  app.setReplySerializer((payload) => toJson(payload))
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('lampfield-api', String(apiVersion)).header('lampfield-version', context.version)
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
  })
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const found = problemOf(error)
    if (found.code === 'internal') {
      context.log.error(`the control interface failed at ${request.method} ${request.url}: ${error.message}`, {
        stack: error.stack,
      })
    }
    sendProblem(reply, found)
  })
  app.setNotFoundHandler((request, reply) => {
    sendProblem(reply, problem('no-such-route', `there is no ${request.method} ${request.url.split('?')[0]}`))
  })
  for (const routes of [
    nodeRoutes,
    memberRoutes,
    deviceStateRoutes,
    mailboxRoutes,
    hintRoutes,
    trustRoutes,
    eventRoutes,
  ]) {
    void app.register(async (instance) => routes(instance, context), { prefix: apiRoot })
  }
  return app
}

function problemOf(error: FastifyError): Problem {
  if (Failure.is(error)) return problem(error.code, error.message)
  const status = error.statusCode
  if (status !== undefined && status >= 400 && status < 500) {
    return problem('invalid-argument', sentenceOf(error), status)
  }
  return problem('internal', 'the node met an error of its own; its log says more')
}

function sentenceOf(error: FastifyError): string {
  return error.message.charAt(0).toLowerCase() + error.message.slice(1)
}
