import { open, readFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { syncDirectory } from './directory.ts'

/** Beside LevelDB's own files, which leaves names alone that it does not know. */
const fileName = 'ACKNOWLEDGED'

/**
 * The number of the last acknowledged commit, in a file of its own. A log that lost its end is no different to LevelDB from
 * one whose last write was cut short, but here it stands how much was promised.
 *
 * The file is written in place and never synced after its making: it survives kill -9 with the page cache, and a power cut
 * leaves a number that is at most too small, which only weakens the check.
 */
export class Acknowledged {
  readonly #file: FileHandle

  private constructor(file: FileHandle) {
    this.#file = file
  }

  /** What the file says: a number, `none` without a file, `unfinished` when its making was cut short. */
  static async read(directory: string): Promise<number | 'none' | 'unfinished' | 'unreadable'> {
    try {
      const text = await readFile(join(directory, fileName), 'latin1')
      if (text === '') return 'unfinished'
      const commits = Number(text.slice(0, 16))
      return text === line(commits) ? commits : 'unreadable'
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'none'
      throw error
    }
  }

  /** Makes the file, durably, or takes the one that is there. */
  static async open(directory: string): Promise<Acknowledged> {
    const file = await open(join(directory, fileName), 'a+', 0o600)
    const { size } = await file.stat()
    if (size === 0) {
      await file.write(line(0), 0, 'latin1')
      await file.sync()
      await syncDirectory(directory)
    }
    await file.close()
    // A file opened to append ignores the position on Linux: writing in place needs a handle of the other kind.
    return new Acknowledged(await open(join(directory, fileName), 'r+'))
  }

  async note(commits: number): Promise<void> {
    await this.#file.write(line(commits), 0, 'latin1')
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

/** Of fixed length, so that writing in place leaves nothing of the line before. */
function line(commits: number): string {
  const digits = String(commits).padStart(16, '0')
  return `${digits} ${crc32(digits).toString(16).padStart(8, '0')}\n`
}
