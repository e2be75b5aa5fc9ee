import { findConfFile } from '../config/conf-lookup.ts'
import { resolveSettings } from '../config/settings.ts'
import { ControlClient } from '../control/client.ts'
import type { Terminal } from './terminal.ts'
import { valueOf } from './value-of.ts'

/** What every command that talks to a node is given. */
export interface ClientOptions {
  readonly dataDir?: string
  readonly json?: true
}

/** The client of the node that a command means: the one in the data directory of the flag, else the environment, else the file. */
export async function clientOf(
  terminal: Terminal,
  options: ClientOptions,
  timing: { readonly answerMaxMs?: number } = {},
): Promise<ControlClient> {
  return new ControlClient(await dataDirectoryOf(terminal, options), timing)
}

async function dataDirectoryOf({ env }: Terminal, { dataDir }: ClientOptions): Promise<string> {
  // Other settings do not matter here, and what is wrong with them must not keep anybody from looking at the node.
  const relevant = Object.entries(env).filter(
    ([name]) => !name.startsWith('LAMPFIELD_') || name === 'LAMPFIELD_DATA_DIR',
  )
  const isGiven = dataDir !== undefined || (env['LAMPFIELD_DATA_DIR'] ?? '') !== ''
  const file = isGiven ? undefined : valueOf(await findConfFile({ env }))
  return valueOf(resolveSettings({ flags: { dataDir }, env: Object.fromEntries(relevant), file })).settings.dataDir
}
