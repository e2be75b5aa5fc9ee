import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tell } from '../support/measure.ts'
import { pack, type Packed } from './packed.ts'

const root = join(import.meta.dirname, '..', '..')
const source = join(root, 'src')

const sources = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => relative(source, join(entry.parentPath, entry.name)).replace(/\.ts$/, ''))

describe('the package', () => {
  let packed: Packed

  beforeAll(() => {
    packed = pack()
  })
  afterAll(() => packed.remove())

  test('holds the program and the library with its types, five documents, and nothing else', () => {
    const code = sources.flatMap((path) => [`dist/${path}.js`, `dist/${path}.d.ts`])
    const assets = packed.files.filter((path) => path.startsWith('dist/') && !/\.(js|ts|map)$/.test(path))
    const documents = [
      'LICENSE',
      'README.md',
      'package.json',
      'src/CHANGELOG.md',
      'src/cli/JSON.md',
      'src/network/SECURITY.md',
      'src/protocol/PROTOCOL.md',
    ]
    expect(packed.files).toEqual([...documents, ...code, ...assets].sort())
    // What a program serves beside its code lies in the sources too.
    const files = readdirSync(source, { recursive: true }).map(String)
    for (const asset of assets) expect(files).toContain(relative('dist', asset))
    tell(`the package: ${packed.files.length} files, ${Math.round(packed.unpackedBytes / 1024)} KiB unpacked`)
  })

  test('has every file that its README and its package.json name', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path)
    expect(links).toContain('src/protocol/PROTOCOL.md')
    // The benchmark and the examples stay in the checkout.
    for (const link of links.filter((path) => !/^(bench|test)\//.test(path ?? ''))) expect(packed.files).toContain(link)
    const { bin, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object>
    const named = JSON.stringify([bin, exports]).match(/\.\/dist\/[^"]+/g) ?? []
    expect(named.length).toBe(5)
    for (const path of named) expect(packed.files).toContain(path.slice(2))
  })
})
