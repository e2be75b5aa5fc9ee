import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'
import { atExit } from '../fleet/cleanup.ts'
import { command } from './command.ts'
import { CannotRun } from './peer.ts'

const store = join(import.meta.dirname, '..', '..', '.artifacts', 'versus')

/** Programs of Debian packages, and how they are to be run. */
export interface Unpacked {
  /** What stands before `/usr`; empty for the system's own. */
  readonly root: string
  readonly environment: Readonly<Record<string, string>>
  readonly version: string
}

/**
 * Debian packages: the system's own where all their programs are installed; else downloaded with what they depend on and unpacked beside the
 * project. Nothing is installed, so no service is started and no user is made. Throws `CannotRun`.
 */
export async function debian(packages: readonly string[], programs: readonly string[]): Promise<Unpacked> {
  const [name = ''] = packages
  if (programs.every((program) => existsSync(program))) {
    // What was put there without a package has a version that nobody here knows.
    const version = await command('dpkg-query', ['-W', '-f', '${Version}', name], '/').catch(() => 'of this system')
    return { root: '', environment: {}, version }
  }
  const root = join(store, name)
  if (!existsSync(join(root, 'VERSION'))) await fetched(packages, root)
  const libraries = ['usr/lib', 'lib'].flatMap((folder) => {
    const path = join(root, folder)
    if (!existsSync(path)) return []
    return readdirSync(path)
      .filter((entry) => entry.includes('-linux-gnu'))
      .map((entry) => join(path, entry))
  })
  const environment = { LD_LIBRARY_PATH: libraries.join(delimiter) }
  return { root, environment, version: readFileSync(join(root, 'VERSION'), 'utf8') }
}

async function fetched(packages: readonly string[], root: string): Promise<void> {
  const [name = ''] = packages
  if (!existsSync('/usr/bin/apt-get'))
    throw new CannotRun(`${name} is not installed, and there is no apt-get to fetch it`)
  if (process.getuid?.() !== 0) throw new CannotRun(`${name} is not installed, and apt-get fetches it for root only`)
  mkdirSync(store, { recursive: true })
  const made = mkdtempSync(join(store, `${name}-`))
  const clean = atExit(() => rmSync(made, { recursive: true, force: true, maxRetries: 5 }))
  try {
    const archives = join(made, 'archives')
    mkdirSync(join(archives, 'partial'), { recursive: true })
    await downloaded(packages, archives)
    const files = readdirSync(archives).filter((file) => file.endsWith('.deb'))
    for (const file of files) await command('dpkg', ['-x', join(archives, file), made], made)
    const version = files.find((file) => file.startsWith(`${name}_`))?.split('_')[1] ?? 'unknown'
    rmSync(archives, { recursive: true })
    writeFileSync(join(made, 'VERSION'), decodeURIComponent(version))
    renameSync(made, root)
  } catch (error) {
    throw new CannotRun(`${name} cannot be fetched: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    clean()
  }
}

/** With the list of packages that is there, or else with a fresh one. */
async function downloaded(packages: readonly string[], archives: string): Promise<void> {
  const only = ['--download-only', '--no-install-recommends', '--yes', '--reinstall']
  const options = ['-o', `Dir::Cache::archives=${archives}`, '-o', 'DPkg::Lock::Timeout=120']
  const download = (): Promise<string> => command('apt-get', ['install', ...only, ...options, ...packages], archives)
  try {
    await download()
  } catch {
    await command('apt-get', ['update', ...options], archives)
    await download()
  }
}
