import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { readConf } from '../../src/config/conf-file.ts'
import { lampfieldProgram } from '../../src/cli/program.ts'
import { cli } from './cli-run.ts'
import { muteTerminal } from './mute-terminal.ts'

/** Every command there is, also those within others and those that help does not list. */
function commandsOf(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const here = [...path, one.name()]
    return [here.join(' '), ...commandsOf(one, here)]
  })
}

const commands = commandsOf(lampfieldProgram(muteTerminal()))

test('the commands that are promised are there', () => {
  const promised = [
    'start demo members channels settings stats devices get set unset mailboxes mwi hints explain watch check console keygen',
    'config completion',
  ]
  expect(commands).toEqual(expect.arrayContaining(promised.join(' ').split(' ')))
})

test.each(commands)('%s --help shows an example', async (command) => {
  const { code, out, err } = await cli([...command.split(' '), '--help'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain(`Usage: lampfield ${command}`)
  expect(out).toMatch(/Examples?:\n {2}\$ lampfield /)
  expect(out).toContain('--data-dir')
})

test('--help lists every command, and --version the version', async () => {
  const { out } = await cli(['--help'])
  for (const command of commands.filter((name) => !['complete', 'hook-runner'].includes(name)))
    expect(out).toContain(command.split(' ')[0])
  expect(out).toMatch(/\nExamples:\n {2}\$ lampfield /)
  expect(out).not.toMatch(/^ {2}(complete|hook-runner) /m)
  expect((await cli(['--version'])).out).toMatch(/^\d+\.\d+\.\d+/)
})

test.each([
  ['membrs', "lampfield: unknown command 'membrs' (Did you mean members?)"],
  ['members --jsn', "lampfield: unknown option '--jsn' (Did you mean --json?)"],
  ['get', "lampfield: missing required argument 'device'"],
  ['set a', "lampfield: missing required argument 'state'"],
  ['get a b', "lampfield: too many arguments for 'get'. Expected 1 argument but got 2."],
  [
    'start --entity-id zz',
    'lampfield: --entity-id: entity_id: "zz" is no entity ID: six hex pairs are wanted, such as 01:23:45:67:89:ab',
  ],
  ['start --clutser x', "lampfield: unknown option '--clutser' (Did you mean --cluster?)"],
  ['start --config /nonexistent.conf', 'lampfield: --config: /nonexistent.conf does not exist'],
  ['start --http 0.0.0.0:80', 'lampfield: --http: http: whoever reaches 0.0.0.0 might write'],
])('%s is one clear line and exit code 2', async (line, message) => {
  const { code, out, err } = await cli(line.split(' '))
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err.split('\n')).toHaveLength(1)
  expect(err).toContain(message)
})

test('start tells all that is wrong at once, each with its place', async () => {
  const env = { LAMPFIELD_LOG_LEVEL: 'loud' }
  const { code, err } = await cli(['start', '--entity-id', 'zz', '--listen', 'nowhere'], { env })
  expect(code).toBe(2)
  const places = new Set(err.split('\n').map((line) => line.split(':')[1]?.trim()))
  expect(places).toEqual(new Set(['--entity-id', '--listen', 'LAMPFIELD_LOG_LEVEL']))
})

test('keygen writes a key for its owner only, and never over another', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-keygen-'))
  const file = join(directory, 'cluster.key')
  expect(await cli(['keygen', file])).toMatchObject({ code: 0, out: `wrote a new cluster key to ${file}` })
  const text = await readFile(file, 'utf8')
  expect(text).toMatch(/^\/key\/swarm\/psk\/1\.0\.0\/\n\/base16\/\n[0-9a-f]{64}\n$/)
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await cli(['keygen', file])).toMatchObject({ code: 1, out: '' })
  expect(await readFile(file, 'utf8')).toBe(text)
  expect(await cli(['keygen', join(directory, 'none', 'key')])).toMatchObject({ code: 1, out: '' })
  await rm(directory, { recursive: true })
})

test('config sample is a configuration file', async () => {
  const { code, out } = await cli(['config', 'sample'])
  expect(code).toBe(0)
  expect(readConf('sample', out)).toMatchObject({ ok: true })
})
