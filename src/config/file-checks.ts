import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Configuration } from './settings.ts'
import type { Fault } from './source.ts'

/** What is wrong with the files that a configuration names; undefined texts would be found at the first use, which may be weeks later. */
export async function checkFiles(hooks: Configuration['hooks']): Promise<Fault[]> {
  if (hooks === undefined) return []
  const sentence = await programFault(hooks.program)
  return sentence === undefined ? [] : [{ source: hooks.source, sentence: `on_change: ${sentence}` }]
}

/** Why a program should not or cannot be run. */
async function programFault(program: string): Promise<string | undefined> {
  try {
    const found = await stat(program)
    if (!found.isFile()) return `${program} is no regular file: name a program`
    await access(program, constants.X_OK)
    if ((found.mode & worldWritable) !== 0) {
      return `${program} may be changed by every user of this machine, who could run anything as this one: chmod o-w ${program}`
    }
    const directory = dirname(program)
    const { mode } = await stat(directory)
    // In a directory like /tmp only a file's owner can put another one in its place.
    if ((mode & worldWritable) !== 0 && (mode & sticky) === 0) {
      return `every user of this machine may put another program into ${directory}: chmod o-w ${directory}`
    }
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return `${program} does not exist: name an existing program`
    if (code === 'EACCES')
      return `${program} cannot be run by this user: chmod a+rx ${program}, and let its directories be entered`
    return `${program} cannot be looked at (${code}): name another program`
  }
}

const worldWritable = 0o002
const sticky = 0o1000
