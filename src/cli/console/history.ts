import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Lines kept from one console to the next. */
export const historyMax = 500

/** Bytes of the file that are read: longer, it was not written here. */
const historyMaxBytes = 1024 * 1024

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'console-history')

/** The lines typed before, newest first as `readline` has them. None where they cannot be read. */
export async function readHistory(dataDirectory: string): Promise<string[]> {
  try {
    // Not through a link: the console may be run by root in the directory of another user.
    const file = await open(fileIn(dataDirectory), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { size } = await file.stat()
      const text = size > historyMaxBytes ? '' : await file.readFile('utf8')
      return text.split('\n').filter(isPlain).slice(-historyMax).reverse()
    } finally {
      await file.close()
    }
  } catch {
    return []
  }
}

/** Keeps the lines, readable for their owner only. That they cannot be kept is no reason to trouble anybody. */
export async function writeHistory(dataDirectory: string, newestFirst: readonly string[]): Promise<void> {
  const lines = newestFirst
    .map((line) => line.trim())
    .filter(isPlain)
    .slice(0, historyMax)
    .reverse()
  const fresh = join(dataDirectory, `console-history.${randomUUID()}`)
  try {
    await writeFile(fresh, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flag: 'wx' })
    await rename(fresh, fileIn(dataDirectory))
  } catch {
    await rm(fresh, { force: true }).catch(() => {})
  }
}

const isPlain = (line: string): boolean => line !== '' && !/\p{Cc}/u.test(line)
