import { spawnSync } from 'node:child_process'
import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { BusyKeys } from '../../../src/cli/top/busy.ts'
import { clipped } from '../../../src/cli/top/screen.ts'
import { controlSetup } from '../../control/control-setup.ts'
import { entityB, member, peerB } from '../../control/fake-node.ts'
import { cli } from '../cli-run.ts'

test('where the output is no terminal it is shown once, plainly', async () => {
  await using setup = await controlSetup()
  setup.node.memberViews = [
    member({}),
    member({ entity: entityB, name: 'pbx\u001B[2Jb', peer: peerB, status: 'down', roundTripMs: 1.23 }),
  ]
  const asking = cli(['top', '--interval', '0.3', '--data-dir', setup.dataDirectory])
  await expect.poll(async () => (await setup.client.stats())['event_streams_open']).toBe(1)
  for (const state of ['INUSE', 'RINGING', 'BUSY']) setup.node.change('device_state', 'PJSIP/busy', state)
  setup.node.change('device_state', 'PJSIP/calm', 'INUSE')
  const { code, out, err } = await asking
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const lines = out.split('\n')
  expect(lines[0]).toMatch(/^pbx-a \(02:00:00:00:00:0a\) in cluster test, running {2}\d\d:\d\d:\d\d$/)
  expect(lines[1]).toBe('1 member alive of 2; 0 entries, 0 changes waiting')
  expect(lines[2]).toMatch(/^changes\/s: 0\.0 said, 0\.0 heard; /)
  // Who is not well stands first.
  expect(lines[5]).toMatch(/^pbx\\u\{1b\}\[2Jb {2}down /)
  expect(lines[6]).toMatch(/^pbx-a .* self /)
  expect(lines[9]).toMatch(/^PJSIP\/busy +3\.0 {2}BUSY$/)
  expect(lines[10]).toMatch(/^PJSIP\/calm +1\.0 {2}INUSE$/)
  expect(out).not.toContain('\u001B')
})

test('on a terminal it is drawn again and again within its size, and the terminal is given back', async () => {
  await using setup = await controlSetup()
  setup.node.memberViews = Array.from({ length: 60 }, (_, at) => member({ name: `pbx-${at}` }))
  const [input, output] = [new PassThrough(), new PassThrough()]
  let seen = ''
  output.setEncoding('utf8').on('data', (text: string) => (seen += text))
  const raw: boolean[] = []
  const size = { columns: 40, rows: 12 }
  const asking = cli(['top', '--interval', '0.1', '--data-dir', setup.dataDirectory], {
    input: Object.assign(input, { setRawMode: (on: boolean) => raw.push(on) }),
    screen: { output, size: () => size },
    colour: true,
  })
  const frames = (): string[] => seen.split('\u001B[H').slice(1)
  await expect.poll(() => frames().length).toBeGreaterThan(2)
  for (const frame of frames().slice(0, 2)) {
    const lines = stripVTControlCharacters(frame).split('\r\n')
    expect(lines.length).toBeLessThanOrEqual(12)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
    expect(frame).toContain('and 57 more')
  }
  input.write('q')
  expect(await asking).toEqual({ code: 0, out: '', err: '' })
  expect(seen.startsWith('\u001B[?1049h\u001B[?25l')).toBe(true)
  expect(seen.endsWith('\u001B[?25h\u001B[?1049l')).toBe(true)
  expect(raw).toEqual([true, false])
})

test('a node that stops ends it with one clear line, after the terminal was given back', async () => {
  await using setup = await controlSetup()
  const [input, output] = [new PassThrough(), new PassThrough()]
  let seen = ''
  output.setEncoding('utf8').on('data', (text: string) => (seen += text))
  const asking = cli(['top', '--interval', '0.1', '--data-dir', setup.dataDirectory], {
    input,
    screen: { output, size: () => ({ columns: 80, rows: 24 }) },
  })
  await expect.poll(() => seen).toContain('\u001B[H')
  await setup.server.stop()
  expect(await asking).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringMatching(/^lampfield: no node runs[^\n]*$/),
  })
  expect(seen.endsWith('\u001B[?1049l')).toBe(true)
})

test('a terminal is given back before the error of a crash is written', () => {
  const url = new URL('../../../src/cli/top/screen.ts', import.meta.url).href
  const script = `
    const { LiveScreen } = await import('${url}')
    new LiveScreen({ output: process.stdout, size: () => ({ columns: 80, rows: 24 }) }, process.stdin, () => {})
    setImmediate(() => { throw new Error('crash') })`
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', script],
    { encoding: 'utf8' },
  )
  expect(status).toBe(1)
  expect(stderr).toContain('Error: crash')
  expect(stdout).toBe('\u001B[?1049h\u001B[?25l\u001B[?25h\u001B[?1049l')
})

test.each(['0', '-1', 'often', '1e9'])('--interval %s is refused', async (text) => {
  expect(await cli(['top', `--interval=${text}`])).toMatchObject({ code: 2, out: '' })
})

test('the busiest keys are those that changed most in the last seconds, and no more are kept than so many', () => {
  const busy = new BusyKeys(0)
  for (let at = 0; at < 20; at += 1) busy.add('device_state', 'a', at, at)
  busy.add('device_state', 'b', 'x', 100)
  expect(busy.list(10, 2000)).toEqual([
    { channel: 'device_state', key: 'a', perSecond: 10, value: 19 },
    { channel: 'device_state', key: 'b', perSecond: 0.5, value: 'x' },
  ])
  busy.add('device_state', 'b', 'y', 12_000)
  expect(busy.list(10, 14_000).map(({ key, value }) => [key, value])).toEqual([
    ['a', 19],
    ['b', 'y'],
  ])
  expect(busy.list(10, 25_000).map(({ key }) => key)).toEqual(['b'])
  expect(busy.list(10, 60_000)).toEqual([])
  for (let at = 0; at < 100_000; at += 1) busy.add('device_state', String(at), 'x', 60_000)
  expect(busy.list(1_000_000, 60_000)).toHaveLength(5000)
})

test('a line is cut at its width, and its colour ends with it', () => {
  expect(clipped('\u001B[31mabcdef\u001B[0mgh', 4)).toBe('\u001B[31mabcd\u001B[0m')
  expect(clipped('ab', 4)).toBe('ab')
})
