import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** Where and of what a result was taken. */
export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
  readonly node: string
  /** Load of the last minute before the first suite: anything that is not this program disturbs it. */
  readonly loadBefore: number
  readonly isRoot: boolean
}

export interface Software {
  readonly lampfield: string
  /** The commit, and whether the files differ from it. */
  readonly revision: string
  /** Versions of what the figures depend on. */
  readonly packages: Readonly<Record<string, string>>
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGB: Math.round(totalmem() / 1e9),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    loadBefore: loadavg()[0] ?? 0,
    isRoot: process.getuid?.() === 0,
  }
}

/** One environment: figures of two of them are never compared. */
export function fingerprint({ cpu, cores, system, node }: Machine): string {
  const [major = ''] = node.split('.')
  const text = [cpu, cores, system.replace(/ \S+ /, ' '), major].join('|')
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}

const root = join(import.meta.dirname, '..')
const measuredWith = ['yjs', 'libp2p', '@chainsafe/libp2p-gossipsub', '@chainsafe/libp2p-noise', 'tinybench']

export function software(): Software {
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly version: string
    readonly dependencies: Readonly<Record<string, string>>
    readonly devDependencies: Readonly<Record<string, string>>
  }
  // Exact versions are pinned, so what is declared is what is installed.
  const declared = { ...own.devDependencies, ...own.dependencies }
  return {
    lampfield: own.version,
    revision: revision(),
    packages: Object.fromEntries(measuredWith.map((name) => [name, declared[name] ?? 'none'])),
  }
}

function revision(): string {
  const git = (...args: string[]): string =>
    spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''
  const commit = git('rev-parse', '--short=12', 'HEAD')
  if (commit === '') return 'unknown'
  return git('status', '--porcelain', '--', 'src', 'bench', 'package.json') === '' ? commit : `${commit} with changes`
}
