import { PassThrough, Readable } from 'node:stream'
import { readFile, stat, symlink, writeFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { readHistory } from '../../../src/cli/console/history.ts'
import { wordsOf } from '../../../src/cli/console/words.ts'
import { controlSetup, type ControlSetup } from '../../control/control-setup.ts'
import { cli, type CliResult } from '../cli-run.ts'

/** A person before a terminal: what they type, and what their screen was sent. */
class Person {
  readonly input: PassThrough = new PassThrough()
  readonly output: PassThrough = new PassThrough()
  seen = ''

  constructor() {
    this.output.setEncoding('utf8').on('data', (text: string) => (this.seen += text))
  }

  open(setup: ControlSetup): Promise<CliResult> {
    const screen = { output: this.output, size: () => ({ columns: 80, rows: 24 }) }
    return cli(['console', '--data-dir', setup.dataDirectory], { input: this.input, screen })
  }

  async type(text: string, answer: RegExp): Promise<void> {
    const from = this.seen.length
    this.input.write(text)
    // What moves the cursor says nothing here.
    const shown = (): string => stripVTControlCharacters(this.seen.slice(from))
    await expect.poll(shown, { timeout: 20_000, interval: 5 }).toMatch(answer)
  }
}

const piped = (setup: ControlSetup, text: string): Promise<CliResult> =>
  cli(['console', '--data-dir', setup.dataDirectory], { input: Readable.from([text]) })

test('lines that are piped in are run one after another, with their output alone', async () => {
  await using setup = await controlSetup()
  expect(await piped(setup, 'devstate change Custom:a INUSE\n\nget Custom:a\n')).toEqual({
    code: 0,
    out: 'Changing a to INUSE\nINUSE',
    err: '',
  })
  expect(await piped(setup, 'bogus\nexit\ncore show version')).toMatchObject({ code: 1 })
  expect(await piped(setup, 'bogus\ncore show version\n')).toMatchObject({ code: 0 })
})

test('a person is greeted, gets words and names completed, and has the lines of last time', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'Custom:mystate', 'INUSE')
  const person = new Person()
  const console_ = person.open(setup)
  await expect.poll(() => person.seen).toContain('pbx-a*CLI> ')
  // A tab among other letters would be a pasted one.
  await person.type('core sh', /core sh$/)
  await person.type('\t', /ow $/)
  await person.type('hi', /hi$/)
  await person.type('\t', /nt/)
  await person.type('s\r', /pbx-a\*CLI> $/)
  await person.type('get Cus', /get Cus$/)
  await person.type('\t', /tom:mystate $/)
  await person.type('\r', /pbx-a\*CLI> $/)
  await person.type('half a line\u0003', /CLI> $/)
  person.input.write('\u0003')
  const { code, out } = await console_
  expect(code).toBe(0)
  expect(out).toMatch(/^Connected to Lampfield 0\.0\.1 currently running on pbx-a \(pid = \d+\)\n/)
  expect(out).toContain('Registered Asterisk Dial Plan Hints')
  expect(out).toMatch(/\nINUSE$/)

  const file = join(setup.dataDirectory, 'console-history')
  await expect.poll(() => readFile(file, 'utf8').catch(() => '')).toBe('core show hints\nget Custom:mystate\n')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  const later = new Person()
  const again = later.open(setup)
  await expect.poll(() => later.seen).toContain('pbx-a*CLI> ')
  await later.type('\u001B[A', /get Custom:mystate/)
  await later.type('\r', /pbx-a\*CLI> $/)
  await later.type('exit\r', /exit/)
  expect((await again).code).toBe(0)
})

test('a node that stops ends no console, only the command', async () => {
  await using setup = await controlSetup()
  const person = new Person()
  const console_ = person.open(setup)
  await expect.poll(() => person.seen).toContain('pbx-a*CLI> ')
  await setup.server.stop()
  await person.type('members\r', /pbx-a\*CLI> $/)
  await person.type('get x', /get x$/)
  await person.type('\t', /^$/)
  await person.type('\r', /pbx-a\*CLI> $/)
  person.input.end()
  const { code, err } = await console_
  expect(code).toBe(1)
  expect(err.split('\n')).toEqual([
    expect.stringMatching(/^lampfield: no node runs/),
    expect.stringMatching(/^lampfield: no node runs/),
  ])
})

test('a history that is a link, or huge, or no text is not read', async () => {
  await using setup = await controlSetup()
  const file = join(setup.dataDirectory, 'console-history')
  await writeFile(join(setup.dataDirectory, 'other'), 'secret\n')
  await symlink(join(setup.dataDirectory, 'other'), file)
  expect(await readHistory(setup.dataDirectory)).toEqual([])
  await rm(file)
  await writeFile(file, 'good\n\u001B[2J\n\nbetter\n')
  expect(await readHistory(setup.dataDirectory)).toEqual(['better', 'good'])
  await writeFile(file, 'x\n'.repeat(1_000_000))
  expect(await readHistory(setup.dataDirectory)).toEqual([])
})

test.each([
  ['core  show\thints ', ['core', 'show', 'hints']],
  ['set "a b" c\\ d', ['set', 'a b', 'c d']],
  ['a"b c"d ""', ['ab cd', '']],
  ['"open', ['open']],
  ['\\', ['\\']],
  ['   ', []],
])('%j has the words %j', (line, words) => {
  expect(wordsOf(line)).toEqual(words)
})
