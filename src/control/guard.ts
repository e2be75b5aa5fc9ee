import type { FastifyInstance, FastifyRequest } from 'fastify'
import { problem, type Problem } from './problem.ts'
import { sendProblem } from './problem-reply.ts'
import { healthPaths } from './routes/health.ts'
import type { TokenCheck } from './token.ts'

/** Who may ask over TCP. */
export interface GuardRules {
  /** Only this machine can reach the address: then requests must name it so. */
  readonly isLoopback: boolean
  /** Undefined: whoever reaches the address may ask. */
  readonly token: TokenCheck | undefined
}

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/**
 * Turns away what comes from a web page of another origin, and what has no token where one is wanted. A page whose name was made to point
 * at 127.0.0.1 (DNS rebinding) still names itself in `Host`, and any other page in `Origin`. The rules are asked for at each request;
 * `refused` is told of each that was turned away, with the reason.
 */
export function guard(app: FastifyInstance, rules: () => GuardRules, refused: (reason: string) => void): void {
  app.addHook('onRequest', async (request, reply) => {
    const { isLoopback, token } = rules()
    const reason = isForeign(request, isLoopback)
      ? 'foreign-origin'
      : isUnknown(request, token)
        ? 'no-token'
        : undefined
    if (reason === undefined) return undefined
    refused(reason)
    if (reason === 'no-token') reply.header('www-authenticate', 'Basic realm="lampfield", charset="UTF-8", Bearer')
    sendProblem(reply, problems[reason])
    return reply
  })
}

const problems: Readonly<Record<'foreign-origin' | 'no-token', Problem>> = {
  'foreign-origin': problem('forbidden', 'requests from pages of other origins are refused'),
  'no-token': problem('unauthorized', 'the token of --http-token-file is wanted, as a bearer or as the password'),
}

function isForeign({ headers, method }: FastifyRequest, isLoopback: boolean): boolean {
  const { host = '', origin } = headers
  if (isLoopback && !loopbackName.test(host.replace(/:\d+$/, '').toLowerCase())) return true
  if (origin !== undefined) return origin !== `http://${host}` && origin !== `https://${host}`
  // Browsers say where a request without an origin comes from; following a link to the page is no offence.
  const site = headers['sec-fetch-site']
  const isFollowed = method === 'GET' && headers['sec-fetch-mode'] === 'navigate'
  return (site === 'cross-site' || site === 'same-site') && !isFollowed
}

/** Probes tell only that there is a node, and those who probe seldom hold a token. */
function isUnknown({ headers, url }: FastifyRequest, token: TokenCheck | undefined): boolean {
  return token !== undefined && !healthPaths.has(url.split('?')[0] ?? '') && !token(headers.authorization)
}
