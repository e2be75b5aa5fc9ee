import { STATUS_CODES } from 'node:http'
import { Failure, type FailureCode } from '../runtime/failure.ts'

/** Why a request failed: a failure of the node, or one of the interface itself. */
export type ProblemCode =
  | FailureCode
  | 'not-found'
  | 'no-such-route'
  | 'wrong-method'
  | 'unauthorized'
  | 'forbidden'
  | 'internal'

/** Problem details (RFC 9457); `code` is what programs compare, `detail` what people read. */
export interface Problem {
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ProblemCode
}

export const problemContentType = 'application/problem+json'

const statuses: Readonly<Record<ProblemCode, number>> = {
  'invalid-argument': 400,
  'data-directory-in-use': 500,
  'data-directory-unusable': 500,
  'store-damaged': 500,
  'address-unusable': 500,
  'file-invalid': 500,
  'not-running': 503,
  'channel-closed': 409,
  // The request is good, but there is no room for what it wants stored.
  'limit-reached': 507,
  'not-kept': 507,
  'peer-unreachable': 504,
  aborted: 503,
  'not-found': 404,
  'no-such-route': 404,
  'wrong-method': 405,
  unauthorized: 401,
  forbidden: 403,
  internal: 500,
}

export function problem(code: ProblemCode, detail: string, status: number = statuses[code]): Problem {
  return { type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, code }
}

const interfaceCodes: ReadonlySet<string> = new Set([
  'not-found',
  'no-such-route',
  'wrong-method',
  'unauthorized',
  'forbidden',
  'internal',
])

/** The error that a problem stands for on the asking side: the node's `Failure` again, where it was one. */
export function problemError(found: Problem): Error {
  const isFailure = Object.hasOwn(statuses, found.code) && !interfaceCodes.has(found.code)
  return isFailure ? new Failure(found.code as FailureCode, found.detail) : new Error(found.detail)
}
