import { describe, expect, test } from 'vitest'
import type { AsteriskSettings } from '../../src/config/asterisk.ts'
import { readConf } from '../../src/config/conf-file.ts'
import { resolveSettings } from '../../src/config/settings.ts'
import { faultText, type Reading } from '../../src/config/source.ts'

function read(lines: string): Reading<AsteriskSettings | undefined> {
  const file = readConf('x.conf', `[asterisk]\n${lines}`)
  if (!file.ok) return file
  const found = resolveSettings({ flags: {}, env: {}, file: file.value })
  return found.ok ? { ok: true, value: found.value.asterisk } : found
}

const faults = (lines: string): string[] => {
  const found = read(lines)
  return found.ok ? [] : found.faults.map(faultText)
}

describe('[asterisk]', () => {
  test('is off where nothing is said', () => {
    expect(read('')).toEqual({ ok: true, value: undefined })
    expect(read('mode = off\nname = x')).toEqual({ ok: true, value: undefined })
  })

  test('has defaults for everything but the mode', () => {
    expect(read('mode = bridge')).toEqual({
      ok: true,
      value: {
        mode: 'bridge',
        sipListen: { host: '127.0.0.1', port: 5070 },
        asterisk: { host: '127.0.0.1', port: 5060 },
        transport: 'udp',
        name: 'lampfield',
        credentials: undefined,
        devicesIn: undefined,
        devicesOut: undefined,
        mailboxesIn: undefined,
        mailboxesOut: undefined,
        departedMailboxes: 'keep',
      },
    })
  })

  test('is read whole', () => {
    const lines =
      'mode = Observe\nsip_listen = [::1]:6070\nasterisk = localhost:6060\ntransport = TCP\nname = lf\nusername = u\npassword = p\n' +
      'devices_in = ^(PJSIP/|Custom:)\ndevices_out = none\nmailboxes_in = @a$\nmailboxes_out = @b$\ndeparted_mailboxes = clear'
    expect(read(lines)).toMatchObject({
      ok: true,
      value: {
        mode: 'observe',
        sipListen: { host: '::1', port: 6070 },
        asterisk: { host: '127.0.0.1', port: 6060 },
        transport: 'tcp',
        name: 'lf',
        credentials: { username: 'u', password: 'p' },
        devicesOut: undefined,
        mailboxesIn: '@a$',
        departedMailboxes: 'clear',
      },
    })
  })

  test.each([
    ['mode = yes', 'x.conf:2: mode: "yes" is none of off, bridge, observe'],
    ['moode = bridge', 'x.conf:2: "moode" is no setting of [asterisk]: did you mean "mode"?'],
    ['mode =', 'x.conf:2: mode: it has no value, such as mode = off'],
    ['mode = off\nmode = off', 'x.conf:3: this is set a second time: keep one line'],
    ['sip_listen = 5070', 'x.conf:2: sip_listen: "5070" is no address for SIP: such as 127.0.0.1:5060 is wanted'],
    ['asterisk = pbx:5060', 'x.conf:2: asterisk: "pbx" is no IP address: such as 127.0.0.1:5060 is wanted'],
    ['sip_listen = 0.0.0.0:5070', 'x.conf:2: sip_listen: "0.0.0.0:5070" means every address of this machine'],
    ['asterisk = 127.0.0.1:5070', 'x.conf:2: sip_listen and asterisk are the same address'],
    ['username = u', 'x.conf:2: username and password belong together: set both or neither'],
    ['password = p', 'x.conf:2: username and password belong together: set both or neither'],
    ['password = a b', 'x.conf:2: password: up to 64 ASCII characters without blanks are wanted'],
    ['name = a b', 'x.conf:2: name: "a b" cannot name sections of pjsip.conf'],
    ['devices_in = (', 'x.conf:2: devices_in: "(" is no regular expression: '],
    [
      'devices_in = ^(?!Custom:)',
      'x.conf:2: devices_in: Asterisk would read "^(?!Custom:)" otherwise: "(?!" is no POSIX',
    ],
    ['devices_in = (?:a)', '"(?:" is no POSIX: groups are plain ( )'],
    ['mailboxes_in = ^\\d+@', '"\\d" is no POSIX: write [0-9] for a digit'],
    ['devices_out = (a)\\1', '"\\1" is no POSIX'],
    ['devices_out = a+?', '"+?" is no POSIX'],
    ['devices_out = a{1,2}?', '"{1,2}?" is no POSIX'],
    ['devices_out = a{,2}', '"{,2}" is no count such as {2} or {1,3}, up to 255: write \\{ for the character itself'],
    ['devices_out = a{2,256}', '"{2,256}" is no count'],
    ['devices_out = a|', 'a branch is empty'],
    ['devices_out = (|a)', 'a branch is empty'],
    ['devices_out = []a]', '"[]" begins a bracket expression'],
    ['devices_out = [[:digit:]]', "has a class of POSIX's own: write a range such as [A-Za-z]"],
    ['devices_out = [a\\]]', 'has a backslash, which is a plain character to POSIX'],
    ['departed_mailboxes = drop', 'x.conf:2: departed_mailboxes: "drop" is none of keep, clear'],
  ])('%j is a fault with its line and the remedy', (lines, fault) => {
    expect(faults(lines)).toEqual([expect.stringContaining(fault)])
  })
  test.each(['^(PJSIP/|Custom:)', '[^d-f.]{2,}', 'a|b?', '\\.\\{x', 'x{3}y*', '[?*(|{]+$'])(
    'the regular expression %s means the same to both and is taken',
    (expression) => {
      expect(read(`mode = bridge\ndevices_in = ${expression}`)).toMatchObject({
        ok: true,
        value: { devicesIn: expression },
      })
    },
  )
})
