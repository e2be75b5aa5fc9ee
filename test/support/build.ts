import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const workshop = join(root, '.artifacts', 'live')

/**
 * The built program, as it is installed. `dist` where it is as new as the sources, else a build beside it, so that tests never run
 * what is no longer written; `LAMPFIELD_MAIN` names another one.
 */
export function builtMain(): string {
  const named = process.env['LAMPFIELD_MAIN']
  if (named !== undefined && named !== '') return named
  const newest = newestMs(join(root, 'src'))
  for (const home of [root, workshop]) {
    const main = join(home, 'dist', 'cli', 'main.js')
    if (existsSync(main) && statSync(main).mtimeMs > newest) return main
  }
  return build()
}

/** A copy of the built program in which a piece of text is another one. Fails where the text is not there. */
export function patchedMain(name: string, file: string, before: string, after: string): string {
  const source = join(builtMain(), '..', '..')
  const home = join(workshop, name)
  rmSync(home, { recursive: true, force: true })
  mkdirSync(home, { recursive: true })
  cpSync(source, join(home, 'dist'), { recursive: true })
  cpSync(join(source, '..', 'package.json'), join(home, 'package.json'))
  const path = join(home, 'dist', file)
  const text = readFileSync(path, 'utf8')
  if (!text.includes(before)) throw new Error(`${file} does not say ${before}`)
  writeFileSync(path, text.replace(before, after))
  return join(home, 'dist', 'cli', 'main.js')
}

function build(): string {
  const made = join(workshop, `dist.${process.pid}`)
  mkdirSync(workshop, { recursive: true })
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  for (const part of [join(root, 'src', 'control', 'page'), join(root, 'src')]) {
    const { status, stdout } = spawnSync(tsc, ['-p', part, '--outDir', made], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`the program cannot be built:\n${stdout}`)
  }
  const filter = (path: string): boolean => !/tsconfig.json$|[.]ts$/.test(path)
  cpSync(join(root, 'src', 'control'), join(made, 'control'), { recursive: true, filter })
  cpSync(join(root, 'package.json'), join(workshop, 'package.json'))
  rmSync(join(workshop, 'dist'), { recursive: true, force: true })
  renameSync(made, join(workshop, 'dist'))
  return join(workshop, 'dist', 'cli', 'main.js')
}

function newestMs(directory: string): number {
  const times = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|css|html|svg|json)$/.test(entry.name))
    .map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs)
  return Math.max(...times)
}
