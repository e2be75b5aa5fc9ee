import { createHash } from 'node:crypto'

export interface Credentials {
  readonly username: string
  readonly password: string
}

export interface DigestRequest {
  readonly method: string
  readonly uri: string
  readonly credentials: Credentials
  /** Chance of our own. */
  readonly cnonce: string
  /** How often the challenge's nonce was used, this time included. Default 1. */
  readonly uses?: number
}

const hashes: Readonly<Record<string, string>> = { MD5: 'md5', 'SHA-256': 'sha256' }

/**
 * The value of Authorization (or Proxy-Authorization) that answers a challenge, by RFC 7616 with MD5 or SHA-256 (RFC 8760). Undefined
 * where the challenge is none that can be answered.
 */
export function answerChallenge(challenge: string, request: DigestRequest): string | undefined {
  const fields = challengeFields(challenge)
  const { realm, nonce, opaque } = fields
  const algorithm = (fields['algorithm'] ?? 'MD5').toUpperCase()
  const hash = hashes[algorithm]
  if (realm === undefined || nonce === undefined || hash === undefined) return undefined
  const choices = (fields['qop'] ?? '').split(',').map((choice) => choice.trim().toLowerCase())
  const hasQop = fields['qop'] !== undefined
  if (hasQop && !choices.includes('auth')) return undefined
  const digest = (text: string): string => createHash(hash).update(text).digest('hex')
  const { username, password } = request.credentials
  const secret = digest(`${username}:${realm}:${password}`)
  const asked = digest(`${request.method}:${request.uri}`)
  const count = (request.uses ?? 1).toString(16).padStart(8, '0')
  const middle = hasQop ? `${nonce}:${count}:${request.cnonce}:auth` : nonce
  const parts = [
    `username="${quoted(username)}"`,
    `realm="${quoted(realm)}"`,
    `nonce="${quoted(nonce)}"`,
    `uri="${request.uri}"`,
    `response="${digest(`${secret}:${middle}:${asked}`)}"`,
    `algorithm=${algorithm}`,
    ...(hasQop ? [`cnonce="${request.cnonce}"`, 'qop=auth', `nc=${count}`] : []),
    ...(opaque === undefined ? [] : [`opaque="${quoted(opaque)}"`]),
  ]
  return `Digest ${parts.join(', ')}`
}

const quoted = (text: string): string => text.replaceAll(/["\\]/g, (character) => `\\${character}`)

/** The parameters of a Digest challenge, by name in lower case. */
function challengeFields(challenge: string): Readonly<Record<string, string | undefined>> {
  const scheme = /^digest\s+/i.exec(challenge)
  if (scheme === null) return {}
  const fields: Record<string, string> = {}
  const pattern = /([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g
  for (const [, name = '', inQuotes, bare] of challenge.slice(scheme[0].length).matchAll(pattern)) {
    fields[name.toLowerCase()] = inQuotes?.replaceAll(/\\(.)/g, '$1') ?? bare ?? ''
  }
  return fields
}
