import { mkdir, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unusableDirectory } from './level-failure.ts'

/**
 * Makes a directory that only its owner may enter, since the node's private key lies in it. Step by step, because Node's own
 * `recursive` never ends where a parent exists and yet refuses children (`/proc`).
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, 0o700)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') {
      if ((await stat(directory)).isDirectory()) return
      throw unusableDirectory(directory, 'it is no directory', error)
    }
    const parent = dirname(directory)
    if (code !== 'ENOENT' || parent === directory) throw error
    await makeDirectory(parent)
    await mkdir(directory, 0o700)
  }
}

/** Makes the names in a directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
