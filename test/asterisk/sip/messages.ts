export interface PublishParts {
  readonly event?: string
  readonly tag?: string | undefined
  readonly expires?: string
  readonly body?: string
  readonly type?: string
  readonly branch?: string
  readonly sequence?: number
  readonly method?: string
  readonly transport?: 'UDP' | 'TCP'
}

/** A PUBLISH as Asterisk writes it, with the parts that a test wants otherwise. */
export function publishText(parts: PublishParts): string {
  const {
    event = 'asterisk-mwi',
    expires = '60',
    type = 'application/json',
    branch = 'z9hG4bKPj1',
    sequence = 7,
  } = parts
  const { method = 'PUBLISH', transport = 'UDP', body = '{"type":"refresh","eid":"02:00:00:00:00:0a"}' } = parts
  const lines = [
    `${method} sip:ast@127.0.0.1:5070 SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:5060;rport;branch=${branch}`,
    'From: <sip:ast@127.0.0.1>;tag=a6febe57',
    'To: <sip:ast@127.0.0.1>',
    'Call-ID: a0669832-c0ad-4c92-a91e-c49e8c26437a',
    `CSeq: ${sequence} ${method}`,
    `Event: ${event}`,
    ...(parts.tag === undefined ? [] : [`SIP-If-Match: ${parts.tag}`]),
    `Expires: ${expires}`,
    'Max-Forwards: 70',
    'User-Agent: Asterisk PBX',
    ...(body === '' ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${String(Buffer.byteLength(body)).padStart(5)}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

/** The same with another line in the place of a field's, or with none. */
export function withLine(name: string, line: string | undefined): string {
  const pattern = new RegExp(`^${name}: .*\r\n`, 'm')
  return publishText({}).replace(pattern, line === undefined ? '' : `${line}\r\n`)
}
