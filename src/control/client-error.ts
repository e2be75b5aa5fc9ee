import { problem, problemContentType } from './problem.ts'

/** The answer to what is no request at all, or too slow or too large a one, as it goes over the connection before that is closed. */
export function clientErrorText(error: NodeJS.ErrnoException): string {
  const found = problem(
    'invalid-argument',
    sentences.get(error.code ?? '') ?? 'this is no HTTP request',
    statusOf(error),
  )
  const body = JSON.stringify(found)
  return [
    `HTTP/1.1 ${found.status} ${found.title}`,
    `content-type: ${problemContentType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n')
}

const sentences: ReadonlyMap<string, string> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'the request took too long to arrive'],
  ['HPE_HEADER_OVERFLOW', 'the head of the request is too large'],
])

function statusOf({ code }: NodeJS.ErrnoException): number {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  return code === 'HPE_HEADER_OVERFLOW' ? 431 : 400
}
