import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const home = join(root, '.artifacts', 'bench')

/** The folders of `bench` with a worker's `main.ts`. */
export type WorkerMain = 'worker' | 'versus/worker'

let builtIn: string | undefined

/**
 * The compiled worker, made anew where a source is newer; then the same one for as long as this process lives, whatever is edited
 * meanwhile. What is measured is the code that would be installed, and a dozen processes start in half the time they would need to
 * compile themselves.
 */
export function builtWorker(name: WorkerMain = 'worker'): string {
  builtIn ??= build()
  return join(builtIn, 'bench', name, 'main.js')
}

function build(): string {
  const built = join(home, 'built')
  const main = join(built, 'bench', 'versus', 'worker', 'main.js')
  const newestMs = Math.max(...['src', 'bench/worker', 'bench/versus/worker'].map((name) => newestOf(join(root, name))))
  if (existsSync(main) && statSync(main).mtimeMs > newestMs) return built
  const made = join(home, `built.${process.pid}`)
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  const { status, stdout } = spawnSync(tsc, ['-p', join(root, 'bench'), '--outDir', made], { encoding: 'utf8' })
  if (status !== 0) {
    rmSync(made, { recursive: true, force: true })
    throw new Error(`the worker cannot be built:\n${stdout}`)
  }
  cpSync(join(root, 'package.json'), join(made, 'package.json'))
  // What `versus` compares with has a manifest of its own; where it is not installed yet, the link leads nowhere until it is.
  symlinkSync(join(root, 'bench', 'versus', 'node_modules'), join(made, 'bench', 'versus', 'node_modules'))
  rmSync(built, { recursive: true, force: true })
  renameSync(made, built)
  return built
}

function newestOf(directory: string): number {
  const times = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map(({ parentPath, name }) => statSync(join(parentPath, name)).mtimeMs)
  return Math.max(...times)
}
