import { readFile, stat } from 'node:fs/promises'
import { confMaxBytes, readConf, type ConfFile, type ConfReading } from './conf-file.ts'
import type { Source } from './source.ts'

/** Read where it exists and no other file is named. */
const systemConfFile = '/etc/lampfield/lampfield.conf'

export const configVariable = 'LAMPFIELD_CONFIG'

/** How a configuration file may be named. */
export interface ConfRequest {
  /** The value of `--config`. */
  readonly flag?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** In place of `systemConfFile`: for tests. */
  readonly usual?: string
}

/** A file, or none; or what is wrong with it. */
export type ConfFound = ConfReading | { readonly ok: true; readonly value: ConfFile | undefined }

/** The configuration file that is meant, read; undefined where none is named and the usual one does not exist. */
export async function findConfFile(request: ConfRequest): Promise<ConfFound> {
  if (request.flag !== undefined) return load(request.flag, { kind: 'flag', flag: '--config' })
  const named = request.env[configVariable]
  if (named !== undefined && named !== '') return load(named, { kind: 'environment', variable: configVariable })
  return load(request.usual ?? systemConfFile, { kind: 'default' })
}

/** `namedBy` tells whether somebody asked for this file, and is then to blame where there is none. */
async function load(file: string, namedBy: Source): Promise<ConfFound> {
  const fault = (sentence: string, source: Source = namedBy): ConfReading => ({
    ok: false,
    faults: [{ source: source.kind === 'default' ? { kind: 'file', file, line: 0 } : source, sentence }],
  })
  try {
    const found = await stat(file)
    // A pipe or a device could keep us waiting, or never end.
    if (!found.isFile()) return fault(`${file} is no regular file: name a configuration file`)
    if (found.size > confMaxBytes)
      return fault(`${file} is larger than ${confMaxBytes} bytes: name a configuration file`)
    return readConf(file, new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)))
  } catch (error) {
    if (error instanceof TypeError) return fault('this is no UTF-8 text', { kind: 'file', file, line: 0 })
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      if (namedBy.kind === 'default') return { ok: true, value: undefined }
      return fault(`${file} does not exist: name an existing file, or make one with "lampfield config sample"`)
    }
    return fault(`${file} cannot be read (${code}): allow this user to read it, or name another file`)
  }
}
