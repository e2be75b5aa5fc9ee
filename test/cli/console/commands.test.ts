import { expect, test } from 'vitest'
import type { LogLevel } from '../../../src/runtime/log.ts'
import { controlSetup, type ControlSetup } from '../../control/control-setup.ts'
import { entityB, member, peerB } from '../../control/fake-node.ts'
import { cli, type CliResult } from '../cli-run.ts'

const rx = (setup: ControlSetup, line: string): Promise<CliResult> =>
  cli(['-rx', line, '--data-dir', setup.dataDirectory])

test('core show hints has the columns of Asterisk', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'Custom:mystate', 'INUSE')
  const { code, out, err } = await rx(setup, 'core show hints')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const row =
    '1234                          : Custom:mystate&PJSIP/alice                                    State:InUse           ' +
    'Presence:not_set         Watchers  0'
  expect(out.split('\n')).toEqual([
    '',
    '    -= Registered Asterisk Dial Plan Hints =-',
    row,
    '----------------',
    '- 1 hints registered',
  ])
  expect((await rx(setup, 'CORE show Hint 12')).out).toBe(`${row}\n1 hint matching extension 12`)
  expect((await rx(setup, 'core show hint 9')).out).toBe('No hints matching extension 9')
  expect(await rx(setup, 'core show hint')).toMatchObject({
    code: 1,
    out: expect.stringMatching(/^Usage: core show hint <exten>\n/),
  })
})

test('no hints are one sentence', async () => {
  await using setup = await controlSetup({ hints: () => [] })
  expect((await rx(setup, 'core show hints')).out).toBe('There are no registered dialplan hints')
})

test.each(['clm show members', 'ais clm show members', 'corosync show members'])(
  '%s has the layout of the old listing',
  async (line) => {
    await using setup = await controlSetup()
    setup.node.memberViews = [
      member({}),
      member({ entity: entityB, name: 'pbx-b', peer: peerB, status: 'down', addresses: ['/ip6/fd00::7/tcp/4001'] }),
    ]
    const rule = '============================================================='
    const thin = '=== ---------------------------------------------------------'
    expect((await rx(setup, line)).out.split('\n')).toEqual([
      '',
      rule,
      '=== Cluster Members =========================================',
      rule,
      '===',
      thin,
      '=== Node Name: pbx-a',
      '=== ==> ID: 0x02000000000a',
      '=== ==> Address: 192.0.2.1:4001',
      '=== ==> Member: Yes',
      thin,
      '===',
      thin,
      '=== Node Name: pbx-b',
      '=== ==> ID: 0x02000000000b',
      '=== ==> Address: [fd00::7]:4001',
      '=== ==> Member: No',
      thin,
      '===',
      rule,
      '',
    ])
  },
)

test('evt show event channels has the layout of the old listing', async () => {
  await using setup = await controlSetup()
  const { out } = await rx(setup, 'evt show event channels')
  expect(out).toContain('\n=== Event Channels ==========================================\n')
  expect(out).toContain(
    [
      '=== Event Channel Name: mwi',
      '=== ==> Publishing Event Type: mwi',
      '=== ==> Subscribing to Event Type: mwi',
      '=== ---------------------------------------------------------',
      '===',
    ].join('\n'),
  )
})

test('devstate change and list', async () => {
  await using setup = await controlSetup()
  await setup.node.set('device_state', 'PJSIP/alice', 'INUSE')
  expect(await rx(setup, 'devstate change Custom:mystate inuse')).toEqual({
    code: 0,
    out: 'Changing mystate to INUSE',
    err: '',
  })
  const rule = '---------------------------------------------------------------------'
  expect((await rx(setup, 'devstate list')).out.split('\n')).toEqual([
    '',
    rule,
    '--- Custom Device States --------------------------------------------',
    rule,
    '---',
    "--- Name: 'Custom:mystate'  State: 'INUSE'",
    '---',
    rule,
    rule,
    '',
  ])
  expect(await rx(setup, 'devstate change PJSIP/alice BUSY')).toMatchObject({
    code: 1,
    out: "The devstate command can only be used to set 'Custom:' device state!",
  })
  for (const wrong of [
    'Custom:mystate UNKNOWN',
    'Custom:mystate tipsy',
    'Custom: INUSE',
    'Custom:a',
    'Custom:a INUSE x',
  ])
    expect(await rx(setup, `devstate change ${wrong}`), wrong).toMatchObject({
      code: 1,
      out: expect.stringMatching(/^Usage: devstate change <device> <state>\n/),
    })
  expect(setup.node.get('device_state', 'Custom:mystate')).toBe('INUSE')
})

test('core set debug turns the log level of the node, and back to what is configured', async () => {
  const logControl: { level: LogLevel } = { level: 'warn' }
  const settings = (): { name: string; value: string; source: string }[] => [
    { name: 'log_level', value: 'warn', source: 'default' },
  ]
  await using setup = await controlSetup({ logControl, settings })
  expect((await rx(setup, 'core set debug 0')).out).toBe('Core debug is still OFF.')
  expect((await rx(setup, 'core set debug 1')).out).toBe('Core debug was OFF and is now 1.')
  expect(logControl.level).toBe('debug')
  expect((await rx(setup, 'core set debug 5')).out).toMatch(/^Core debug is still 1\.\n.*5 is the same as 1/)
  expect((await rx(setup, 'core set debug off')).out).toBe('Core debug was 1 and is now OFF.')
  expect(logControl.level).toBe('warn')
  for (const wrong of ['', ' loud', ' 1 2', ' -1']) expect((await rx(setup, `core set debug${wrong}`)).code).toBe(1)
})

test('core show settings has the entity ID at its old place', async () => {
  await using setup = await controlSetup()
  const { out } = await rx(setup, 'core show settings')
  expect(out).toMatch(/^\nPBX Core settings\n-----------------\n {2}Version: {21}Lampfield 0\.0\.1\n/)
  expect(out).toContain('\n  Entity ID:                   02:00:00:00:00:0a\n')
  expect(out).toContain('\n  cluster:                     test  (default)\n')
  expect((await rx(setup, 'core show version')).out).toBe('Lampfield 0.0.1')
})

test('an unknown command says so as Asterisk does', async () => {
  await using setup = await controlSetup()
  const sentence = (line: string, best: string): string =>
    `No such command '${line}' (type 'core show help ${best}' for other possible commands)`
  expect(await rx(setup, 'bogus a b')).toEqual({ code: 1, out: sentence('bogus a b', 'bogus'), err: '' })
  expect((await rx(setup, 'core show channels')).out).toBe(sentence('core show channels', 'core show channels'))
  expect((await rx(setup, 'clm show')).out).toBe(sentence('clm show', 'clm show'))
})

test('help lists the commands, and tells the usage of one', async () => {
  await using setup = await controlSetup()
  const { code, out } = await rx(setup, 'help')
  expect(code).toBe(0)
  for (const words of ['core show hints', 'core set debug', 'clm show members', 'devstate change', 'exit'])
    expect(out).toMatch(new RegExp(`^${words.padEnd(30)} -- \\S`, 'm'))
  expect((await rx(setup, 'core show help devstate')).out.split('\n')).toEqual([
    'devstate change                -- Change a custom device state',
    'devstate list                  -- List currently known custom device states',
  ])
  expect((await rx(setup, 'help core set debug')).out).toMatch(/^Usage: core set debug \{<level>\|off\}\n/)
  expect(await rx(setup, 'core show help bogus')).toMatchObject({ code: 1, out: "No such command 'bogus'." })
})

test("Lampfield's own commands are understood too", async () => {
  await using setup = await controlSetup()
  expect(await rx(setup, 'set "Custom:a b" BUSY')).toMatchObject({ code: 0 })
  expect(setup.node.get('device_state', 'Custom:a b')).toBe('BUSY')
  expect(await rx(setup, 'set Custom:a BUSY')).toMatchObject({ code: 0, out: '' })
  expect(await rx(setup, 'get Custom:a')).toMatchObject({ code: 0, out: 'BUSY' })
  expect(await rx(setup, 'start')).toMatchObject({ code: 1, out: expect.stringContaining("No such command 'start'") })
})

test.each(['-rx', '-x', '-rvvvx'])('%s is in the fingers', async (flags) => {
  await using setup = await controlSetup()
  const line = [flags, 'core show version']
  expect(await cli(['--data-dir', setup.dataDirectory, ...line])).toEqual({ code: 0, out: 'Lampfield 0.0.1', err: '' })
  expect((await cli(line, { env: { LAMPFIELD_DATA_DIR: setup.dataDirectory } })).out).toBe('Lampfield 0.0.1')
  expect(await cli([flags])).toMatchObject({ code: 2 })
})

test('what another machine named cannot command the terminal', async () => {
  await using setup = await controlSetup()
  setup.node.memberViews = [member({ name: 'pbx\u001B[2J' })]
  expect((await rx(setup, 'clm show members')).out).toContain('=== Node Name: pbx\\u{1b}[2J\n')
})

test('no node is one clear line', async () => {
  expect(await cli(['-rx', 'core show hints', '--data-dir', '/nonexistent/lampfield'])).toEqual({
    code: 1,
    out: '',
    err: 'lampfield: no node runs with data directory /nonexistent/lampfield: start one with `lampfield start`',
  })
})
