import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { ControlClient } from '../../control/client.ts'
import { deviceStates } from '../../state/device-state.ts'
import { candidatesFor, type ValueKind } from './candidates.ts'

/** More names help nobody who looks for one, and a shell takes long to show them. */
const namesMax = 1000

/** Candidates whose values come from the running node and from this machine's files. A node that does not answer names nothing. */
export function systemCandidates(program: Command, words: readonly string[], client: ControlClient): Promise<string[]> {
  return candidatesFor(program, words, async (kind, partial) =>
    (await valuesOf(kind, partial, client).catch(() => [])).slice(0, namesMax),
  )
}

async function valuesOf(kind: ValueKind, partial: string, client: ControlClient): Promise<readonly string[]> {
  switch (kind) {
    case 'device':
      // A star typed already is part of a pattern, and would find too much.
      return partial.includes('*') ? [] : (await client.deviceStates(`${partial}*`)).map(({ name }) => name)
    case 'mailbox':
      return (await client.mailboxes()).map(({ name }) => name)
    case 'state':
      return deviceStates
    case 'channel':
      return (await client.channels()).map(({ channel }) => channel)
    case 'file':
      return filesAt(partial, false)
    case 'directory':
      return filesAt(partial, true)
    case 'command':
      return []
  }
}

async function filesAt(partial: string, directoriesOnly: boolean): Promise<readonly string[]> {
  const directory = partial.endsWith('/') ? partial : dirname(partial)
  const start = partial.endsWith('/') ? '' : basename(partial)
  const prefix = partial.includes('/') ? (directory.endsWith('/') ? directory : `${directory}/`) : ''
  const entries = await readdir(join(directory === '' ? '.' : directory), { withFileTypes: true })
  return entries
    .filter((entry) => entry.name.startsWith(start) && (start !== '' || !entry.name.startsWith('.')))
    .filter((entry) => !directoriesOnly || entry.isDirectory())
    .map((entry) => `${prefix}${entry.name}${entry.isDirectory() ? '/' : ''}`)
}
