import websocket from '@fastify/websocket'
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { Failure } from '../runtime/failure.ts'
import { apiDescription } from './api-description.ts'
import { clientErrorText } from './client-error.ts'
import type { ControlContext } from './context.ts'
import { toJson } from './json.ts'
import { KnownRoutes } from './known-routes.ts'
import { problem, type Problem } from './problem.ts'
import { sendProblem } from './problem-reply.ts'
import { answer } from './routes/describe.ts'
import { asteriskRoutes } from './routes/asterisk.ts'
import { deviceStateRoutes } from './routes/device-states.ts'
import { eventRoutes } from './routes/events.ts'
import { healthRoutes } from './routes/health.ts'
import { hintRoutes } from './routes/hints.ts'
import { mailboxRoutes } from './routes/mailboxes.ts'
import { memberRoutes } from './routes/members.ts'
import { metricRoutes } from './routes/metrics.ts'
import { nodeRoutes } from './routes/node.ts'
import { trustRoutes } from './routes/trust.ts'
import { pageRoutes } from './routes/page.ts'
import { apiRoot, apiVersion } from './shapes.ts'

/** Bytes of a request's body: every one is a small object. */
const bodyMaxBytes = 16 * 1024

/** Bytes of a request's head: the longest name, encoded, and what browsers say of themselves. */
const headMaxBytes = 16 * 1024

/** A name in a path: the longest that the wire takes (512 bytes), each byte of which may be written as `%xx`. */
const nameMaxCharacters = 3 * 512

/** A request's head arrives within this time, and all of it within the next, or its connection is closed. */
const headMaxMs = 5000
const requestMaxMs = 10_000

/** Slow requests are looked for this often. */
const slowCheckMs = 1000

/** A connection on which nothing moves is closed after this time; an event stream is never silent for so long. */
const silentMaxMs = 60_000

/** A connection is kept for a next request for this long: longer than a page's own questions are apart. */
const keptMs = 10_000

/** Connections at once: 64 event streams, and as many again for each of a page's questions, scrapers and scripts. */
const connectionsMax = 256

/** What a WebSocket's other side may say in one message; nothing is wanted of it. */
const messageMaxBytes = 1024

/** The control interface as an application that listens nowhere yet. */
export function controlApp(context: ControlContext): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyMaxBytes,
    requestTimeout: requestMaxMs,
    connectionTimeout: silentMaxMs,
    keepAliveTimeout: keptMs,
    http: { maxHeaderSize: headMaxBytes, headersTimeout: headMaxMs, connectionsCheckingInterval: slowCheckMs },
    // Streams stay open for ever: stopping must not wait for their readers.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: nameMaxCharacters },
    frameworkErrors: (error, _request, reply) => {
      sendProblem(reply, problem('invalid-argument', sentenceOf(error)))
    },
    clientErrorHandler: (error, socket) => {
      context.refused('bad-request')
      if (socket.writable) socket.end(clientErrorText(error))
      else socket.destroy()
    },
  })
  app.server.maxConnections = connectionsMax
  app.server.on('drop', () => context.refused('too-many-connections'))
  const routes = new KnownRoutes()
  routes.gather(app)
  app.setReplySerializer((payload) => toJson(payload))
  app.removeContentTypeParser('text/plain')
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))))
  })
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('lampfield-api', String(apiVersion)).header('lampfield-version', context.version)
    reply.header('cache-control', 'no-store').header('x-content-type-options', 'nosniff')
    reply.header('cross-origin-resource-policy', 'same-origin')
  })
  answerFaults(app, context, routes)
  void app.register(websocket, { options: { maxPayload: messageMaxBytes, perMessageDeflate: false } })
  for (const add of [
    nodeRoutes,
    memberRoutes,
    deviceStateRoutes,
    mailboxRoutes,
    hintRoutes,
    trustRoutes,
    asteriskRoutes,
    eventRoutes,
  ]) {
    void app.register(async (instance) => add(instance, context), { prefix: apiRoot })
  }
  for (const add of [healthRoutes, metricRoutes, pageRoutes])
    void app.register(async (instance) => add(instance, context))
  void app.register(async (instance) => descriptionRoute(instance, context, routes))
  return app
}

function descriptionRoute(app: FastifyInstance, { version }: ControlContext, routes: KnownRoutes): void {
  const describe = { id: 'getDescription', summary: 'This description', answers: { 200: answer('Description') } }
  app.get(`${apiRoot}/openapi.json`, { config: { describe } }, () => apiDescription(routes.described, version))
}

function answerFaults(app: FastifyInstance, context: ControlContext, routes: KnownRoutes): void {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const found = problemOf(error)
    if (found.code === 'internal') {
      context.log.error(`the control interface failed at ${request.method} ${request.url}: ${error.message}`, {
        stack: error.stack,
      })
    }
    sendProblem(reply, found)
  })
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const path = request.url.split('?')[0] ?? ''
    const allowed = routes.methodsOf(path)
    if (allowed.length === 0) {
      sendProblem(reply, problem('no-such-route', `there is no ${request.method} ${path}`))
      return
    }
    reply.header('allow', allowed.join(', '))
    sendProblem(reply, problem('wrong-method', `there is no ${request.method} ${path}: it takes ${allowed.join(', ')}`))
  })
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
