import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const source = join(root, 'src')
const place = join(root, '.artifacts', 'docstrings')

interface Example {
  /** File and line, as `state/stamp.ts:12`. */
  readonly where: string
  readonly path: string
  readonly text: string
}

/** What the comment of `Node` says of its examples: there is a started node. */
const before = `import { createNode } from 'lampfield'
const node = createNode({ mdns: false, listen: ['/ip4/127.0.0.1/tcp/0'] })
await node.start()
`
const after = 'await node.stop()\n'

function examplesOf(path: string): Example[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^ *\* ```ts\n([\s\S]*?)^ *\* ```$/gm)].map(({ 1: block = '', index }) => {
    const name = relative(source, path)
    const line = text.slice(0, index).split('\n').length
    const code = block.replaceAll(/^ *\* ?/gm, '')
    const isWhole = /^import /m.test(code)
    const file = join(place, `${name.replaceAll(/\W/g, '-')}-${line}.ts`)
    return { where: `${name}:${line}`, path: file, text: isWhole ? code : before + code + after }
  })
}

const examples = readdirSync(source, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .flatMap((entry) => examplesOf(join(entry.parentPath, entry.name)))

/** Public functions, classes, values, and methods of a node that have no example. */
function withoutExample(): string[] {
  const doors = ['index.ts', 'testing.ts'].map((name) => join(source, name))
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    readonly config: unknown
  }
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  const program = ts.createProgram(doors, options)
  const checker = program.getTypeChecker()
  const publics = doors.flatMap((door) => {
    const file = program.getSourceFile(door)
    const symbol = file && checker.getSymbolAtLocation(file)
    return symbol === undefined ? [] : checker.getExportsOfModule(symbol)
  })
  const own = publics.map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
  const node = own.find(({ name }) => name === 'Node')
  const methods = [...(node?.members?.values() ?? [])].filter(({ flags, name }) => {
    return (flags & ts.SymbolFlags.Method) !== 0 && !name.startsWith('__')
  })
  const values = own.filter(({ flags }) => (flags & ts.SymbolFlags.Value) !== 0)
  expect([values.length > 30, methods.length > 12]).toEqual([true, true])
  return [...values, ...methods]
    .filter((symbol) => !symbol.getJsDocTags(checker).some(({ name }) => name === 'example'))
    .map(({ name }) => name)
}

describe('the examples in the comments', () => {
  beforeAll(() => {
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place, { recursive: true })
    for (const { path, text } of examples) writeFileSync(path, text)
  })
  afterAll(() => {
    vi.restoreAllMocks()
    rmSync(place, { recursive: true })
  })

  test('are there for every public function, class and value, and for every method of a node', () => {
    expect(withoutExample()).toEqual([])
  })

  test('compile', async () => {
    const options = { noUnusedLocals: false, declaration: false, isolatedDeclarations: false }
    writeFileSync(
      join(place, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions: options, include: ['*.ts'] }),
    )
    const tsc = join(root, 'node_modules', '.bin', 'tsc')
    const output = await new Promise<string>((resolve) => {
      execFile(tsc, ['-p', place], { cwd: root }, (_error, out, errors) => resolve(out + errors))
    })
    expect(output).toBe('')
  })

  test.each(examples.map(({ where, path }) => [where, path]))('run: %s', async (_where, path) => {
    vi.spyOn(console, 'log').mockImplementation(() => {})
    await import(/* @vite-ignore */ path)
  })
})
