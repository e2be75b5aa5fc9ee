import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { builtMain } from '../support/build.ts'

const root = join(import.meta.dirname, '..', '..')

/** The package as it would be published. */
export interface Packed {
  /** A directory of its own, for whatever is done with it. */
  readonly home: string
  readonly tarball: string
  /** Paths in the package, sorted. */
  readonly files: readonly string[]
  readonly unpackedBytes: number
  remove(): void
}

/** Packs a fresh build, beside the checkout so that nothing in it changes. */
export function pack(): Packed {
  const home = mkdtempSync(join(tmpdir(), 'lampfield-package-'))
  const stage = join(home, 'stage')
  mkdirSync(stage)
  const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly files: string[] }
  cpSync(join(builtMain(), '..', '..'), join(stage, 'dist'), { recursive: true })
  const documents = files.filter((path) => !path.startsWith('dist'))
  for (const path of ['package.json', 'README.md', 'LICENSE', ...documents]) cpSync(join(root, path), join(stage, path))
  const out = execFileSync('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home], { cwd: stage })
  const [made] = JSON.parse(out.toString()) as {
    readonly filename: string
    readonly unpackedSize: number
    readonly files: readonly { readonly path: string }[]
  }[]
  if (made === undefined) throw new Error('npm packed nothing')
  return {
    home,
    tarball: join(home, made.filename),
    files: made.files.map(({ path }) => path).sort(),
    unpackedBytes: made.unpackedSize,
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
