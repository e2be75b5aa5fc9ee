import type { FastifyReply } from 'fastify'
import { problemContentType, type Problem } from './problem.ts'

/** Answers with problem details. */
export function sendProblem(reply: FastifyReply, found: Problem): void {
  void reply.code(found.status).header('content-type', problemContentType).send(found)
}
