import { createHash, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Failure } from '../runtime/failure.ts'

/** Whether an `Authorization` header carries the token: as a bearer, or as the password of anyone, which browsers ask for. */
export type TokenCheck = (authorization: string | undefined) => boolean

/** Shorter ones could be guessed: 16 characters of base64 are 96 bits. */
const tokenMinCharacters = 16

/** A header has to hold it beside all others. */
const tokenMaxCharacters = 512

/** The token in a file. Rejects with `file-invalid` where it is none, or where others than the owner may read it. */
export async function readTokenFile(path: string): Promise<string> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) {
      throw new Failure('file-invalid', `other users of this machine may read the token: chmod 600 ${path}`)
    }
    const token = (await readFile(path, 'utf8')).trim()
    const isGood =
      /^[\x21-\x7e]+$/.test(token) && token.length >= tokenMinCharacters && token.length <= tokenMaxCharacters
    if (isGood) return token
  } catch (cause) {
    if (Failure.is(cause)) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    const remedy = 'it does not exist; `openssl rand -base64 32` makes a good token'
    const reason = code === 'ENOENT' ? remedy : message
    throw new Failure('file-invalid', `the token file ${path} cannot be read: ${reason}`, { cause })
  }
  const wanted = `one line of ${tokenMinCharacters} to ${tokenMaxCharacters} printable ASCII characters without spaces`
  throw new Failure('file-invalid', `${path} holds no token: ${wanted} is wanted`)
}

/** Compares digests, in a time that does not depend on how much of a guess is right. */
export function tokenCheck(token: string): TokenCheck {
  const wanted = digest(token)
  return (authorization) => {
    const [scheme = '', credentials = ''] = (authorization ?? '').split(' ', 2)
    const given = scheme.toLowerCase() === 'basic' ? passwordOf(credentials) : credentials
    const isKnown = ['basic', 'bearer'].includes(scheme.toLowerCase())
    return timingSafeEqual(digest(given), wanted) && isKnown
  }
}

const digest = (text: string): Uint8Array => createHash('sha256').update(text).digest()

/** What stands after the first colon (RFC 7617, section 2). */
function passwordOf(credentials: string): string {
  const text = Buffer.from(credentials, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? '' : text.slice(colon + 1)
}
