import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import type { Command } from 'commander'
import { afterAll, expect, test } from 'vitest'
import { lampfieldProgram } from '../../src/cli/program.ts'
import { apiShapes } from '../../src/control/api-shapes.ts'
import { bridgeStatus } from '../asterisk/bridge-status.ts'
import { controlSetup } from '../control/control-setup.ts'
import { entityB, member, peerB } from '../control/fake-node.ts'
import { cli } from './cli-run.ts'
import { muteTerminal } from './mute-terminal.ts'

const document = readFileSync(join(import.meta.dirname, '..', '..', 'src', 'cli', 'JSON.md'), 'utf8')
const own = JSON.parse(/^```json\n([\s\S]*?)^```$/m.exec(document)?.[1] ?? '') as Record<string, object>
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const id = 'https://lampfield.test/shapes.json'
ajv.addSchema({ $id: id, components: { schemas: { ...apiShapes, ...own } } })

/** What the document says that each command prints. */
const promised = new Map(
  [...document.matchAll(/^\| `([a-z ]+)` +\| (list of |one )?`(\w+)`/gm)].map(
    ([, command = '', form = '', name = '']) => [command, { form: form.trim(), name }] as const,
  ),
)

function commandsWithJson(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((one) => {
    const here = [...path, one.name()]
    const has = one.options.some(({ long }) => long === '--json')
    return [...(has ? [here.join(' ')] : []), ...commandsWithJson(one, here)]
  })
}

const program = lampfieldProgram(muteTerminal())

test('the document names every command that has --json, and no other', () => {
  expect([...promised.keys()].toSorted()).toEqual(commandsWithJson(program).toSorted())
})

const home = mkdtempSync(join(tmpdir(), 'lampfield-json-'))
const conf = join(home, 'x.conf')
afterAll(() => rmSync(home, { recursive: true }))
writeFileSync(conf, '[general]\nwhat\nsubscribe_event = ping\n')

/** What has to stand behind a command, and how it ends, where that is not by itself with 0. */
const lines: Readonly<Record<string, readonly [args: string, code?: number]>> = {
  get: ['Custom:x'],
  explain: ['Custom:x'],
  'mwi get': ['100@default'],
  'config check': [conf, 1],
  top: ['--count 2 --interval 0.1'],
}

test.each([...promised.keys()])('%s --json prints what is promised', async (command) => {
  await using setup = await controlSetup({ asterisk: () => bridgeStatus() })
  const { node } = setup
  node.memberViews = [
    member({}),
    member({ entity: entityB, name: 'pbx-b', peer: peerB, status: 'down', roundTripMs: 2 }),
  ]
  const checked = { entity: entityB, name: 'pbx-b', verdict: 'differs', findings: ['x'] } as const
  const differences = [{ channel: 'device_state', key: 'Custom:x', here: 'INUSE', there: undefined }]
  node.report = { agreed: true, members: [{ ...checked, differences }], alarms: ['x'] }
  await node.set('device_state', 'Custom:x', 'INUSE')
  await node.set('mwi', '100@default', { newMessages: 1, oldMessages: 2 })
  const leaving = new AbortController()
  const [args = '', code = 0] = lines[command] ?? []
  const asking = cli(
    [...command.split(' '), ...args.split(' ').filter(Boolean), '--json', '--data-dir', setup.dataDirectory],
    {
      signal: leaving.signal,
      onOut: () => command === 'watch' && leaving.abort(),
    },
  )
  if (command === 'watch' || command === 'top') {
    await expect.poll(async () => (await setup.client.stats())['event_streams_open']).toBe(1)
    node.change('device_state', 'Custom:x', 'BUSY')
  }
  const result = await asking
  expect({ code: result.code, err: result.err }).toEqual({ code, err: '' })
  const { form, name } = promised.get(command)!
  const isValid = ajv.compile({ $ref: `${id}#/components/schemas/${name}` })
  const printed =
    form === 'one' ? result.out.split('\n').map((line) => JSON.parse(line) as unknown) : JSON.parse(result.out)
  const items: unknown[] = form === '' ? [printed] : printed
  expect(items.length).toBeGreaterThan(command === 'trust list' ? -1 : 0)
  for (const item of items) {
    isValid(item)
    expect(isValid.errors ?? [], JSON.stringify(item)).toEqual([])
  }
})

test.each([...promised.keys()].filter((command) => command !== 'config check'))(
  '%s --json prints one line of error and nothing else where no node runs',
  async (command) => {
    const [args = ''] = lines[command] ?? []
    const nowhere = join(home, 'nowhere')
    const asked = [...command.split(' '), ...args.split(' ').filter(Boolean), '--json', '--data-dir', nowhere]
    const { code, out, err } = await cli(asked)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^lampfield: [^\n]*nowhere[^\n]*$/)
  },
)

test('what is asked wrongly ends with 2, also with --json', async () => {
  for (const wrong of [
    ['members', '--jsonn'],
    ['top', '--json', '--count', 'x'],
    ['get', '--json'],
  ]) {
    const { code, out, err } = await cli(wrong)
    expect({ wrong, code, out }).toEqual({ wrong, code: 2, out: '' })
    expect(err).toMatch(/^lampfield: [^\n]+$/)
  }
})
