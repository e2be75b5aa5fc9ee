import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfiguration } from '../../src/config/configuration.ts'
import { faultText } from '../../src/config/source.ts'

let base: string
let file: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lampfield-configuration-'))
  file = join(base, 'x.conf')
})
afterAll(() => rmSync(base, { recursive: true }))

async function faults(text: string): Promise<string[]> {
  writeFileSync(file, text)
  const read = await readConfiguration({ flag: file, env: {} }, {})
  return read.ok ? [] : read.faults.map((fault) => faultText(fault).replace(`${file}:`, ''))
}

test('all faults of all kinds are told at once, in the order of the file', async () => {
  const text = [
    '[general]',
    'log_level = loud',
    'what',
    '[hints',
    'hint = lost, with its section',
    '[hints]',
    'hint = 1234',
    '# note',
    '[reducers]',
    'newest = x',
    '[hooks]',
    'on_change = x',
  ]
  expect((await faults(text.join('\n'))).map((fault) => fault.split(':')[0])).toEqual([
    '2',
    '3',
    '4',
    '7',
    '8',
    '10',
    '12',
  ])
})

test('of a file that is wrong in every line only so much is told', async () => {
  const found = await faults(`[general]\n${'x = 1\n'.repeat(5000)}`)
  expect(found).toHaveLength(101)
  expect(found.at(-1)).toBe('102: from here on 4900 more lines are wrong: is this the right file?')
})

describe('the program of a hook', () => {
  const hook = async (path: string): Promise<string[]> => faults(`[hooks]\non_change = ${path}`)

  test('is looked at also where something else is wrong', async () => {
    const found = await faults(`[general]\nlog_level = loud\n[hooks]\non_change = ${join(base, 'none')}`)
    expect(found).toEqual([expect.stringMatching(/^2: log_level/), expect.stringMatching(/^4: on_change: .*not exist/)])
  })

  test('must exist, be a file and be executable', async () => {
    expect(await hook(join(base, 'none'))).toEqual([expect.stringMatching(/^2: on_change: .* does not exist: name/)])
    expect(await hook(base)).toEqual([expect.stringContaining('is no regular file: name a program')])
    const program = join(base, 'program')
    writeFileSync(program, '#!/bin/sh\n', { mode: 0o644 })
    expect(await hook(program)).toEqual([expect.stringContaining(`cannot be run by this user: chmod a+rx ${program}`)])
    chmodSync(program, 0o755)
    expect(await hook(program)).toEqual([])
  })

  test('and nobody else may be able to change it', async () => {
    const open = join(base, 'open')
    mkdirSync(open)
    const program = join(open, 'program')
    writeFileSync(program, '#!/bin/sh\n')
    chmodSync(program, 0o757)
    expect(await hook(program)).toEqual([expect.stringContaining(`chmod o-w ${program}`)])
    chmodSync(program, 0o755)
    chmodSync(open, 0o777)
    expect(await hook(program)).toEqual([expect.stringContaining(`chmod o-w ${open}`)])
    chmodSync(open, 0o1777)
    expect(await hook(program)).toEqual([])
  })
})

describe('an old file is understood as it is', () => {
  const channels = async (text: string): Promise<readonly string[]> => {
    writeFileSync(file, text)
    const read = await readConfiguration({ flag: file, env: {} }, {})
    if (!read.ok) throw new Error(read.faults.map(faultText).join('\n'))
    return read.value.channels.map(
      ({ channel, publish, subscribe }) => `${channel} ${publish ? 'p' : ''}${subscribe ? 's' : ''}`,
    )
  }

  // In the manner of the samples that came with Asterisk, with lines taken out of their comments.
  const ais = `;
; Configuration of res_ais
;   * Application Interface Specification
;
;                            *** NOTE ***
;                            ************
;
; [general]
; Reserved.
;
; A voicemail server that also has phones:
;
[mwi]
type=event_channel
publish_event=mwi
subscribe_event=mwi
;
; [commented]
; type=event_channel

[phones of the office]
type=event_channel
subscribe_event=device_state\t; only listens
`
  const corosync = `;
; Configuration of res_corosync
;
;   - Device State (for shared presence information)
;

[general]

;
;  Publish MWI events from this server to the cluster.
;publish_event = mwi
;
;  Subscribe to MWI events from the cluster.
subscribe_event = mwi
;
publish_event = device_state
subscribe_event = device_state
;
`

  test('ais.conf', async () => {
    expect(await channels(ais)).toEqual(['device_state s', 'mwi ps'])
    expect(await channels(ais.replaceAll('\n', '\r\n'))).toEqual(['device_state s', 'mwi ps'])
  })

  test('res_corosync.conf', async () => {
    expect(await channels(corosync)).toEqual(['device_state ps', 'mwi s'])
  })
})
