import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tell } from '../support/measure.ts'
import { Lan, lanTrouble } from '../support/namespaces.ts'
import { pack, type Packed } from './packed.ts'

const root = join(import.meta.dirname, '..', '..')

/** The examples of the README, and what each prints. */
const examples = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
  ([, text = '']) => text,
)
const outputs = ['PJSIP/alice: undefined -> INUSE\nINUSE\n', 'support 2.0\n', 'undefined\n']

/** Node's process.getActiveResourcesInfo() of a program whose work is done: pipes of its own output are no handles. */
const handlesCheck = `
process.on('exit', () => {
  const open = process.getActiveResourcesInfo().filter((name) => !/^(PipeWrap|TTYWrap)$/.test(name))
  if (open.length > 0) console.log('left open: ' + open.join(', '))
})
`

interface Ended {
  readonly code: number | null
  readonly output: string
}

function run(program: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: 110_000 })
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stderr.on('data', (text: Buffer) => (output += text.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

const lanMissing = lanTrouble()
if (lanMissing !== undefined) tell(`skipped: running the examples of the README: ${lanMissing}`)

describe('a fresh TypeScript project', () => {
  let packed: Packed
  let project: string
  const inProject = (program: string, ...args: string[]): Promise<Ended> => {
    return run(join(project, 'node_modules', '.bin', program), args, project)
  }

  beforeAll(async () => {
    packed = pack()
    project = join(packed.home, 'project')
    mkdirSync(project)
    const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      readonly devDependencies: Record<string, string>
    }
    const tools = ['typescript', '@types/node'].map((name) => `${name}@${devDependencies[name]}`)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'fresh', private: true, type: 'module' }))
    const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
    const installed = await run('npm', ['install', ...flags, packed.tarball, ...tools], project)
    expect(installed).toMatchObject({ code: 0 })
    for (const [at, text] of examples.entries()) writeFileSync(join(project, `example${at}.ts`), text)
    writeFileSync(join(project, 'handles.js'), handlesCheck)
  }, 300_000)
  afterAll(() => packed.remove())

  test.each([
    ['NodeNext', 'NodeNext'],
    ['ESNext', 'Bundler'],
  ])('compiles the examples under strict, module %s, resolution %s, and with all types checked', async (...how) => {
    const [module, resolution] = how
    writeFileSync(
      join(project, 'tests.ts'),
      "import { VirtualCluster } from 'lampfield/testing'\nexport { VirtualCluster }\n",
    )
    const files = [...examples.keys()].map((at) => `example${at}.ts`)
    const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--skipLibCheck', 'false']
    const target = ['--target', 'ES2022', '--module', module, '--moduleResolution', resolution, '--types', 'node']
    const ended = await inProject('tsc', '--outDir', 'out', ...strict, ...target, ...files, 'tests.ts')
    expect(ended).toEqual({ code: 0, output: '' })
  })

  test.skipIf(lanMissing !== undefined)('runs the examples of the README, which end by themselves', async () => {
    expect(examples.length).toBe(outputs.length)
    const lan = new Lan(1)
    try {
      for (const at of examples.keys()) {
        const program = ['--import', './handles.js', join('out', `example${at}.js`)]
        const [command, args] = lan.host(1).commandLine(process.execPath, program)
        expect(await run(command, args, project)).toEqual({ code: 0, output: outputs[at] })
      }
    } finally {
      lan.close()
    }
  })

  const bundled = `import { createNode } from 'lampfield'
const main = async () => {
  const node = createNode({ mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'], ...JSON.parse(process.argv[2] ?? '{}') })
  await node.start()
  await node.set('device_state', 'Custom:night', 'INUSE')
  console.log(node.get('device_state', 'Custom:night'), node.addresses().length)
  await node.stop()
}
void main()
`
  const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

  const ways: [string, BuildOptions & { readonly format: 'cjs' | 'esm' }, object][] = [
    ['CommonJS file that needs nothing beside it', { format: 'cjs' }, {}],
    [
      'ES module, with its data directory',
      { format: 'esm', external: ['classic-level'], banner: { js: banner } },
      { dataDirectory: 'data' },
    ],
  ]
  test.each(ways)('is bundled as a %s', async (_what, options, nodeOptions) => {
    const file = `bundle.${options.format === 'cjs' ? 'cjs' : 'mjs'}`
    writeFileSync(join(project, 'bundled.ts'), bundled)
    const { errors, warnings } = await build({
      absWorkingDir: project,
      entryPoints: ['bundled.ts'],
      outfile: file,
      bundle: true,
      platform: 'node',
      target: 'node20',
      logLevel: 'silent',
      ...options,
    })
    expect([...errors, ...warnings]).toEqual([])
    const place = options.format === 'esm' ? project : mkdtempSync(join(tmpdir(), 'lampfield-bundle-'))
    try {
      if (place !== project) cpSync(join(project, file), join(place, file))
      const ended = await run(process.execPath, [file, JSON.stringify(nodeOptions)], place)
      expect(ended).toEqual({ code: 0, output: 'INUSE 1\n' })
    } finally {
      if (place !== project) rmSync(place, { recursive: true })
    }
  })
})
