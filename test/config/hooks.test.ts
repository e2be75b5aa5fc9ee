import { describe, expect, test } from 'vitest'
import { readConf } from '../../src/config/conf-file.ts'
import type { HookSettings } from '../../src/config/hooks.ts'
import { resolveSettings } from '../../src/config/settings.ts'
import { faultText } from '../../src/config/source.ts'

const machine = { home: '/home/pbx', hostName: 'pbx1', workingDirectory: '/srv' }

function read(lines: string): { readonly hooks: HookSettings | undefined; readonly faults: readonly string[] } {
  const file = readConf('x.conf', `[hooks]\n${lines}`)
  if (!file.ok) throw new Error(file.faults.map(faultText).join('\n'))
  const found = resolveSettings({ flags: {}, env: {}, file: file.value }, machine)
  return found.ok ? { hooks: found.value.hooks, faults: [] } : { hooks: undefined, faults: found.faults.map(faultText) }
}

describe('[hooks]', () => {
  test('has a program, and a default for everything else', () => {
    expect(read('').hooks).toBeUndefined()
    expect(read('on_change = /usr/local/bin/x').hooks).toEqual({
      program: '/usr/local/bin/x',
      source: { kind: 'file', file: 'x.conf', line: 2 },
      channels: ['device_state'],
      patterns: ['*'],
      concurrency: 4,
      timeLimitS: 10,
    })
    const lines =
      'On_Change => /x\nchannel = mwi, DEVICE_STATE\npattern = Custom:*\npattern = a,b\nconcurrency = 1\ntime_limit_s = 60'
    expect(read(lines).hooks).toMatchObject({
      channels: ['mwi', 'device_state'],
      patterns: ['Custom:*', 'a', 'b'],
      concurrency: 1,
      timeLimitS: 60,
    })
  })

  test.each([
    [
      'on_change = script.sh',
      'x.conf:2: on_change: "script.sh" is no path from the root: the whole path of one program',
    ],
    ['on_change =', 'x.conf:2: on_change: it has no value'],
    ['on_change = /a\non_change = /b', 'x.conf:3: this is set a second time: keep one line'],
    ['pattern = x', 'x.conf:2: [hooks] runs nothing: add "on_change = /path/of/a/program"'],
    ['onchange = /a', 'x.conf:2: "onchange" is no setting of [hooks]: did you mean "on_change"?'],
    [
      'constructor = /a',
      'x.conf:2: "constructor" is no setting of [hooks]: on_change, channel, pattern, concurrency, time_limit_s are',
    ],
    [
      'on_change = /a\nchannel = device_stat',
      'x.conf:3: channel: "device_stat" is no event channel: did you mean "device_state"?',
    ],
    [
      'on_change = /a\npattern = a b',
      'x.conf:3: pattern: "a b" is no pattern of devices (a device has no blanks in its name)',
    ],
    ['on_change = /a\npattern =', 'x.conf:3: pattern: "" is no pattern of devices'],
    ['on_change = /a\nconcurrency = 0', 'x.conf:3: concurrency: "0" is no whole number of runs at once from 1 to 64'],
    [
      'on_change = /a\ntime_limit_s = 1.5',
      'x.conf:3: time_limit_s: "1.5" is no whole number of seconds from 1 to 3600',
    ],
  ])('%j', (lines, fault) => {
    expect(read(lines).faults[0]).toContain(fault)
  })
})
