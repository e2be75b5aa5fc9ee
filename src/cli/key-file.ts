import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Failure } from '../runtime/failure.ts'
import type { Log } from '../runtime/log.ts'

/** libp2p's private networks, pre-shared key version 1 (specification "Private Networks"); other programs of the family read it too. */
const head = '/key/swarm/psk/1.0.0/\n/base16/\n'
const format = /^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n([0-9a-f]{64})\s*$/i

/** A new cluster key, as the text of a file. */
export function keyFileText(): string {
  return `${head}${randomBytes(32).toString('hex')}\n`
}

/** The 32 bytes of a cluster key. Rejects with `file-invalid`; warns where others than the owner may read the key. */
export async function readKeyFile(path: string, log: Log): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'it does not exist; make one with `lampfield keygen`' : message
    throw new Failure('file-invalid', `the key file ${path} cannot be read: ${reason}`, { cause })
  })
  const hex = format.exec(text)?.[1]
  if (hex === undefined) {
    throw new Failure('file-invalid', `${path} is no cluster key: a file as \`lampfield keygen\` makes it is wanted`)
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) log.warn(`other users of this machine may read the cluster key: chmod 600 ${path}`)
  return new Uint8Array(Buffer.from(hex, 'hex'))
}
