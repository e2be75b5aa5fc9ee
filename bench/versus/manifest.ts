import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { command } from './command.ts'
import { CannotRun } from './peer.ts'

const here = import.meta.dirname
const modules = join(here, 'node_modules')
const mark = join(modules, '.installed')

let installing: Promise<void> | undefined

/** Installs the packages of this folder's own manifest, where they are not yet, and gives the version of one. No install scripts run. */
export async function npmPackage(name: string): Promise<string> {
  installing ??= installed()
  await installing
  const file = join(modules, name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}

async function installed(): Promise<void> {
  const lock = createHash('sha256')
    .update(readFileSync(join(here, 'package-lock.json')))
    .digest('hex')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return
  try {
    await command('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], here)
  } catch (error) {
    throw new CannotRun(
      `its packages cannot be installed (npm ci in bench/versus): ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  writeFileSync(mark, lock)
}
