import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')

/** What a tool of the house printed when it ran in a directory; whether it found anything is no failure here. */
function run(tool: string, arguments_: readonly string[], directory: string): Promise<string> {
  const path = join(root, 'node_modules', '.bin', tool)
  return new Promise((resolve, reject) => {
    execFile(path, arguments_, { cwd: directory, maxBuffer: 64 * 1024 * 1024 }, (error, out) => {
      if (error !== null && out === '') reject(error)
      else resolve(out)
    })
  })
}

interface Violation {
  readonly from: string
  readonly rule: { readonly name: string }
}

/** What breaks the rules of `.dependency-cruiser.cjs` in a directory, as `rule file`. */
async function violations(directory: string): Promise<string[]> {
  const out = await run('depcruise', ['src', '--output-type', 'json'], directory)
  const { summary } = JSON.parse(out) as { readonly summary: { readonly violations: readonly Violation[] } }
  return summary.violations.map(({ from, rule }) => `${rule.name} ${from}`)
}

const rules = (
  createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    readonly forbidden: readonly { readonly name: string }[]
  }
).forbidden.map(({ name }) => name)

/** For each rule one import that breaks it: the file, and what stands in it. */
const breaches: Readonly<Record<string, readonly [file: string, imported: string]>> = {
  'no-circular': ['src/state/circle.ts', './end-of-circle.ts'],
  'arrows-of-state': ['src/state/up.ts', '../runtime/ground.ts'],
  'arrows-of-runtime': ['src/runtime/up.ts', '../state/ground.ts'],
  'arrows-of-protocol': ['src/protocol/up.ts', '../network/ground.ts'],
  'arrows-of-membership': ['src/membership/up.ts', '../protocol/ground.ts'],
  'arrows-of-replica': ['src/replica/up.ts', '../storage/ground.ts'],
  'arrows-of-storage': ['src/storage/up.ts', '../config/ground.ts'],
  'arrows-of-config': ['src/config/up.ts', '../node/ground.ts'],
  'arrows-of-network': ['src/network/up.ts', '../membership/ground.ts'],
  'arrows-of-node': ['src/node/up.ts', '../control/ground.ts'],
  'arrows-of-testing': ['src/testing/up.ts', '../control/ground.ts'],
  'arrows-of-control': ['src/control/up.ts', '../config/ground.ts'],
  'arrows-of-asterisk': ['src/asterisk/up.ts', '../control/ground.ts'],
  'arrows-of-hooks': ['src/hooks/up.ts', '../config/ground.ts'],
  'arrows-of-cli': ['src/cli/up.ts', '../storage/ground.ts'],
  'sip-does-not-know-the-node': ['src/asterisk/sip/up.ts', '../../node/ground.ts'],
  'room-is-in-the-table': ['src/cellar/new.ts', '../state/ground.ts'],
  'yjs-in-replica-only': ['src/node/yjs.ts', 'yjs'],
  'libp2p-in-network-only': ['src/node/libp2p.ts', '@libp2p/interface'],
  'level-in-storage-only': ['src/node/level.ts', 'classic-level'],
  'fastify-in-control-only': ['src/node/fastify.ts', 'fastify'],
  'terminal-in-cli-only': ['src/node/commander.ts', 'commander'],
  'pure-rooms-have-no-node-modules': ['src/protocol/file.ts', 'node:fs'],
  'not-to-test': ['src/node/test.ts', '../../test/ground.ts'],
  'no-dev-dependency-in-src': ['src/node/dev.ts', 'fast-check'],
  'no-undeclared-dependency': ['src/storage/undeclared.ts', 'abstract-level'],
}

describe('the house', () => {
  let tree: string

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'lampfield-house-'))
    for (const name of ['package.json', 'tsconfig.json', '.dependency-cruiser.cjs', '.oxlintrc.json']) {
      cpSync(join(root, name), join(tree, name))
    }
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
  })

  afterAll(() => rmSync(tree, { recursive: true }))

  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), text)
  }

  test('stands: arrows go down only', async () => {
    expect(await violations(root)).toEqual([])
  })

  test('each rule of its arrows can fail', async () => {
    expect(Object.keys(breaches).toSorted()).toEqual(rules.toSorted())
    for (const room of [...rules.flatMap((rule) => /^arrows-of-(.*)/.exec(rule)?.[1] ?? []), 'test']) {
      write(room === 'test' ? 'test/ground.ts' : `src/${room}/ground.ts`, 'export const ground = 0\n')
    }
    write('src/state/end-of-circle.ts', `import './circle.ts'\n`)
    for (const [file, imported] of Object.values(breaches)) write(file, `import '${imported}'\n`)
    const found = await violations(tree)
    for (const [rule, [file]] of Object.entries(breaches)) expect(found).toContain(`${rule} ${file}`)
  })

  test('time, timers and chance are found everywhere but in runtime', async () => {
    const uses = [
      'Date.now()',
      'Math.random()',
      'performance.now()',
      'setTimeout(f)',
      'setInterval(f)',
      'setImmediate(f)',
    ]
    for (const room of ['state', 'node', 'network', 'storage', 'runtime']) {
      write(`src/${room}/hours.ts`, uses.map((use, at) => `export const use${at} = (f) => ${use}\n`).join(''))
    }
    const out = await run(
      'oxlint',
      ['--format', 'json', ...['state', 'node', 'network', 'storage', 'runtime'].map((room) => `src/${room}/hours.ts`)],
      tree,
    )
    const { diagnostics } = JSON.parse(out) as {
      readonly diagnostics: readonly { readonly code: string; readonly filename: string }[]
    }
    const found = diagnostics.filter(({ code }) => code.includes('no-restricted'))
    for (const room of ['state', 'node', 'network', 'storage']) {
      expect(found.filter(({ filename }) => filename === `src/${room}/hours.ts`)).toHaveLength(uses.length)
    }
    expect(found.filter(({ filename }) => filename.startsWith('src/runtime/'))).toEqual([])
  })

  test('has nothing at its top but what belongs there', () => {
    const allowed = [
      'src',
      'test',
      'bench',
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'README.md',
      'LICENSE',
    ]
    // Made by tools, and kept out of the repository by .gitignore.
    const made = ['node_modules', 'dist']
    const found = readdirSync(root).filter((name) => !name.startsWith('.') && !name.endsWith('.tgz'))
    expect(found.filter((name) => ![...allowed, ...made].includes(name))).toEqual([])
  })

  test('has no file that is too long to be read in one go', () => {
    const files = ['src', 'test', 'bench']
      .filter((name) => existsSync(join(root, name)))
      .flatMap((name) =>
        readdirSync(join(root, name), { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
          .map((entry) => join(entry.parentPath, entry.name)),
      )
    expect(files.length).toBeGreaterThan(50)
    const long = files.filter((file) => readFileSync(file, 'utf8').trimEnd().split('\n').length > 400)
    expect(long).toEqual([])
  })

  test('names one version of everything it uses, and the lock file has a checksum for each', () => {
    const { dependencies, devDependencies, overrides } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as {
      readonly [kind: string]: Readonly<Record<string, string>>
    }
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...overrides })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
    }
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly integrity?: string }>>
    }
    const locked = Object.entries(packages).filter(([path]) => path !== '')
    expect(locked.length).toBeGreaterThan(100)
    for (const [path, { integrity }] of locked) expect(integrity, path).toMatch(/^sha512-/)
  })

  test('needs no script of a package that is installed with it', () => {
    const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
      readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean; readonly dev?: boolean }>>
    }
    const scripted = Object.entries(packages).filter(([, { hasInstallScript, dev }]) => hasInstallScript && !dev)
    // LevelDB's would only build what comes prebuilt.
    expect(scripted.map(([path]) => path).filter((path) => path !== '')).toEqual(['node_modules/classic-level'])
  })
})
