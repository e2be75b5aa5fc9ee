import { randomBytes } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Failure } from '../runtime/failure.ts'

/** libp2p's private networks, pre-shared key version 1 (specification "Private Networks"); other programs of the family read it too. */
const head = '/key/swarm/psk/1.0.0/\n/base16/\n'
const format = /^(?:\/key\/swarm\/psk\/1\.0\.0\/\s+\/base16\/\s+[0-9a-f]{64}\s*)+$/i

/** Larger than any list of keys that a node takes. */
const fileMaxBytes = 4096

/** A new cluster key, as the text of a file. */
export function keyFileText(): string {
  return `${head}${randomBytes(32).toString('hex')}\n`
}

/**
 * The cluster keys of a file, of 32 bytes each: one, or several one after another, of which the first is dialled with. Rejects with `file-invalid`
 * where it is no such file, or others than its owner may use it.
 */
export async function readKeyFile(path: string): Promise<readonly Uint8Array[]> {
  return keysOf(await readPrivate(path), path)
}

/** The keys in a file's text; `path` names it where there are none. */
export function keysOf(text: string, path: string): readonly Uint8Array[] {
  if (!format.test(text)) {
    throw new Failure('file-invalid', `${path} is no cluster key: a file as \`lampfield keygen\` makes it is wanted`)
  }
  return Array.from(text.matchAll(/[0-9a-f]{64}/gi), ([hex]) => new Uint8Array(Buffer.from(hex, 'hex')))
}

async function readPrivate(path: string): Promise<string> {
  try {
    await using file = await open(path)
    const { mode, size } = await file.stat()
    if ((mode & 0o077) !== 0) {
      const sentence = `other users of this machine may use the cluster key in ${path}: make it private with chmod 600 ${path}`
      throw new Failure('file-invalid', sentence)
    }
    if (size > fileMaxBytes) throw new Failure('file-invalid', `${path} is too large for a list of cluster keys`)
    return await file.readFile('utf8')
  } catch (cause) {
    if (Failure.is(cause)) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist; make one with `lampfield keygen`' : message
    throw new Failure('file-invalid', `the key file ${path} cannot be read: ${reason}`, { cause })
  }
}
