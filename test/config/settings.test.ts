import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readConf } from '../../src/config/conf-file.ts'
import type { Flags } from '../../src/config/given.ts'
import { resolveSettings, settingViews, type Configuration } from '../../src/config/settings.ts'
import { defaults, settingNames } from '../../src/config/settings-table.ts'
import { faultText, sourceText, type Reading } from '../../src/config/source.ts'
import '../support/seed.ts'

const machine = { home: '/home/pbx', hostName: 'pbx1', workingDirectory: '/srv' }

interface Given {
  readonly flags?: Flags
  readonly env?: Record<string, string>
  readonly text?: string
}

function resolve({ flags = {}, env = {}, text }: Given): Reading<Configuration> {
  const file = text === undefined ? undefined : readConf('conf/x.conf', text)
  if (file?.ok === false) return file
  return resolveSettings({ flags, env, file: file?.value }, machine)
}

function good(given: Given): Configuration {
  const read = resolve(given)
  if (!read.ok) throw new Error(read.faults.map(faultText).join('\n'))
  return read.value
}

function faults(given: Given): string[] {
  const read = resolve(given)
  return read.ok ? [] : read.faults.map(faultText)
}

describe('settings', () => {
  test('defaults', () => {
    const { settings, sources, notices } = good({})
    expect(settings).toEqual({
      cluster: 'lampfield',
      entityId: undefined,
      name: 'pbx1',
      dataDir: '/home/pbx/.local/state/lampfield',
      listen: ['/ip4/0.0.0.0/tcp/0'],
      peer: [],
      mdns: true,
      peers: [],
      keyFile: undefined,
      http: undefined,
      logLevel: 'info',
      logFormat: 'auto',
      coalesceMs: 2,
      heartbeatMs: 1000,
      forgetAfterS: 86_400,
    })
    expect(Object.values(sources).every(({ kind }) => kind === 'default')).toBe(true)
    expect(notices).toEqual([])
    expect(Object.keys(settings)).toEqual(Object.keys(defaults))
  })

  test('flags win over the environment, that over the file, that over the default', () => {
    const text = '[general]\ncluster = file\nname = file\nlog_level = debug\nmdns = no'
    const env = { LAMPFIELD_CLUSTER: 'environment', LAMPFIELD_NAME: 'environment', LAMPFIELD_LOG_FORMAT: '' }
    const { settings, sources } = good({ text, env, flags: { cluster: 'flag', mdns: true } })
    expect(settings).toMatchObject({ cluster: 'flag', name: 'environment', logLevel: 'debug', mdns: true })
    expect([sources.cluster, sources.name, sources.logLevel, sources.logFormat].map(sourceText)).toEqual([
      '--cluster',
      'LAMPFIELD_NAME',
      'conf/x.conf:4',
      'default',
    ])
  })

  test('a list is taken from one place whole; items by repetition, commas or blanks', () => {
    const text = '[general]\npeer = a:1\npeer = b:2, c:3\nlisten = none'
    expect(faults({ text })).toEqual([expect.stringContaining('conf/x.conf:4: listen: "none" is no address')])
    expect(good({ text: '[general]\npeer = a:1\npeer = b:2, c:3' }).settings.peer).toEqual([
      '/dns4/a/tcp/1',
      '/dns4/b/tcp/2',
      '/dns4/c/tcp/3',
    ])
    expect(good({ env: { LAMPFIELD_PEER: 'a:1 b:2' } }).settings.peer).toHaveLength(2)
    expect(good({ text: '[general]\npeer = a:1', flags: { peer: ['z:1'] } }).settings.peer).toEqual(['/dns4/z/tcp/1'])
    expect(good({ text: '[general]\npeer = a:1', env: { LAMPFIELD_PEER: 'none' } }).settings.peer).toEqual([])
    expect(good({ text: '[general]\npeer = a:1', flags: { peer: [] } }).settings.peer).toHaveLength(1)
  })

  test('paths are relative to where they were written, and know the home directory', () => {
    expect(good({ text: '[general]\nkey_file = cluster.key' }).settings.keyFile).toBe('/srv/conf/cluster.key')
    expect(good({ flags: { keyFile: 'cluster.key' } }).settings.keyFile).toBe('/srv/cluster.key')
    expect(good({ env: { LAMPFIELD_DATA_DIR: '~/lf' } }).settings.dataDir).toBe('/home/pbx/lf')
    expect(good({ env: { XDG_STATE_HOME: '/state' } }).settings.dataDir).toBe('/state/lampfield')
    expect(good({ env: { XDG_STATE_HOME: 'relative' } }).settings.dataDir).toBe('/home/pbx/.local/state/lampfield')
  })

  test.each([
    ['cluster =', 'cluster: it has no value, and NAME is wanted'],
    [`cluster = ${'x'.repeat(65)}`, 'cannot be a name here: a name has at most 64 bytes'],
    ['entity_id = 1:2', 'entity_id: "1:2" is no entity ID: six hex pairs are wanted, such as 01:23:45:67:89:ab'],
    ['mdns = maybe', 'mdns: "maybe" is neither yes nor no'],
    ['log_level = loud', 'log_level: "loud" is none of error, warn, info, debug'],
    ['coalesce_ms = 2.5', 'coalesce_ms: "2.5" is no whole number of milliseconds from 0 to 1000'],
    ['heartbeat_ms = 1', 'is no whole number of milliseconds from 100 to 60000'],
    [
      'heartbeat_ms = 60000\nforget_after_s = 3599',
      'forget_after_s is 3599, and with heartbeat_ms 60000 at least 3600',
    ],
    ['http = 0.0.0.0:80', 'http: whoever reaches 0.0.0.0 might write: give a token'],
    ['peer = ,', 'peer has no value: HOST:PORT is wanted'],
    ['clustr = x', '"clustr" is no setting: did you mean "cluster"?'],
    ['data-dir = x', '"data-dir" is no setting: did you mean "data_dir"?'],
    ['colour = x', '"colour" is no setting: "lampfield config sample" shows all that there are'],
  ])('%s', (line, sentence) => {
    const [fault] = faults({ text: `[general]\n${line}` })
    expect(fault).toContain(sentence)
    expect(fault).toMatch(/^conf\/x\.conf:[23]: /)
  })

  test('a setting that is no list stands once', () => {
    expect(faults({ text: '[general]\nname = a\n[general]\nname = b' })).toEqual([
      'conf/x.conf:4: this is set a second time: keep one line',
    ])
  })

  test('faults name the flag or variable', () => {
    expect(faults({ flags: { logLevel: 'x', mdns: false } })).toEqual([
      expect.stringMatching(/^--log-level: log_level: /),
    ])
    expect(faults({ env: { LAMPFIELD_LOG_LEVEL: 'x' } })).toEqual([expect.stringMatching(/^LAMPFIELD_LOG_LEVEL: /)])
    expect(sourceText(good({ flags: { mdns: false } }).sources.mdns)).toBe('--no-mdns')
  })

  test('a mistyped variable is a fault; one that is not ours is told', () => {
    expect(faults({ env: { LAMPFIELD_CLUSTR: 'x' } })).toEqual([
      'LAMPFIELD_CLUSTR: this is no setting: did you mean LAMPFIELD_CLUSTER?',
    ])
    const { notices } = good({ env: { LAMPFIELD_SERVICE_HOST: '10.0.0.1', LAMPFIELD_CONFIG: 'x', LAMP: 'x' } })
    expect(notices.map(faultText)).toEqual(['LAMPFIELD_SERVICE_HOST: this is no setting and has no effect'])
  })

  test('tells all faults of all places at once', () => {
    const text = '[general]\nmdns = x\n[hintz]\n[hints]\nhint = 1'
    expect(faults({ text, flags: { logLevel: 'x' }, env: { LAMPFIELD_HTTP: 'x' } })).toHaveLength(5)
  })

  test('the listing shows each setting as text and where it came from', () => {
    const views = settingViews(good({ flags: { http: '[::1]:80' } }))
    expect(views).toHaveLength(settingNames.length)
    expect(views.find(({ name }) => name === 'http')).toEqual({ name: 'http', value: '[::1]:80', source: '--http' })
    expect(views.find(({ name }) => name === 'key_file')).toEqual({ name: 'key_file', value: null, source: 'default' })
  })

  test('any flags, environment and file give settings or faults', () => {
    const word = fc.oneof(fc.string(), fc.constantFrom('none', 'auto', 'yes', '0', '1000', 'a:1', '~', '/', ',', '\0'))
    const flags = fc.dictionary(fc.constantFrom(...settingNames), fc.oneof(word, fc.array(word), fc.boolean()))
    const variable = fc.oneof(
      fc.constantFrom('LAMPFIELD_PEER', 'LAMPFIELD_DATA_DIR', 'XDG_STATE_HOME', 'LAMPFIELD_'),
      fc.string(),
    )
    const line = fc.tuple(fc.constantFrom('cluster', 'peer', 'hint', 'latest', 'type', 'publish_event', 'x'), word)
    const lines = fc.array(
      fc.oneof(
        fc.constantFrom('[general]', '[hints]', '[reducers]', '[mwi]', '[x]'),
        line.map((pair) => pair.join(' = ')),
      ),
    )
    fc.assert(
      fc.property(flags, fc.dictionary(variable, word), lines, (someFlags, env, someLines) => {
        const read = resolve({ flags: someFlags, env, text: ['[general]', ...someLines].join('\n') })
        expect(read.ok || read.faults.length > 0).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('event channels', () => {
  const channels = (text: string): string[] =>
    good({ text }).channels.map(({ channel, publish, subscribe }) =>
      [channel, publish && 'publish', subscribe && 'subscribe'].filter(Boolean).join(' '),
    )

  test('without any section both channels are published and subscribed', () => {
    for (const text of ['', '[general]\ncluster = x']) {
      expect(channels(text)).toEqual(['device_state publish subscribe', 'mwi publish subscribe'])
    }
  })

  test('an old ais.conf is understood as it is', () => {
    const text = `
;
; Sample configuration file for res_ais
;
[general]
; reserved
[mwi]
type=event_channel
publish_event=mwi
subscribe_event=mwi

[a channel of my own]
type = Event_Channel
publish_event => DEVICE_STATE
`
    expect(channels(text)).toEqual(['device_state publish', 'mwi publish subscribe'])
  })

  test('an old res_corosync.conf is understood as it is', () => {
    const text = `
[general]
;
;  Publish Message Waiting Indication (MWI) events from this server to the
;  cluster.
;publish_event = mwi
;subscribe_event = mwi
publish_event = device_state
subscribe_event = device_state
subscribe_event = Mwi
publish_event = ping
subscribe_event = cluster_discovery
`
    expect(channels(text)).toEqual(['device_state publish subscribe', 'mwi subscribe'])
    expect(good({ text }).notices.map(faultText)).toEqual([
      'conf/x.conf:11: ping is not needed: nodes know each other without',
      'conf/x.conf:12: cluster_discovery is not needed: nodes know each other without',
    ])
  })

  test('a section that shares nothing is told', () => {
    const { channels: roles, notices } = good({ text: '[device_state]\ntype=event_channel' })
    expect(roles).toEqual([])
    expect(notices.map(faultText)).toEqual([expect.stringContaining('conf/x.conf:1: [device_state] shares nothing')])
  })

  test.each([
    ['[x]\ntype = channel', 'conf/x.conf:2: "channel" is no type of a section: event_channel is the only one'],
    ['[mwi]\npublish_event = device_stat', 'conf/x.conf:2: "device_stat" is no event: did you mean "device_state"?'],
    [
      '[mwi]\npublish_event = presence',
      'conf/x.conf:2: "presence" is no event: device_state or mwi is wanted, one in each line',
    ],
    ['[mwi]\npublish_event =', 'conf/x.conf:2: publish_event has no value: device_state or mwi is wanted'],
    [
      '[mwi]\npublish = mwi',
      'conf/x.conf:2: "publish" is no setting of an event channel: type, publish_event and subscribe_event are',
    ],
    [
      '[mine]\npublish_event = mwi',
      'conf/x.conf:1: [mine] is no section: to make it an event channel, add the line "type = event_channel"',
    ],
    ['[genral]', 'conf/x.conf:1: [genral] is no section: did you mean "general"?'],
    ['[asterix]', 'conf/x.conf:1: [asterix] is no section: did you mean "asterisk"?'],
  ])('%j', (text, fault) => {
    expect(faults({ text })).toEqual([fault])
  })
})

describe('hints', () => {
  test('one for each extension, with the default context', () => {
    const text = '[hints]\nhint = 1234@sales, PJSIP/alice&Custom:x\nhint => 200,SIP/a & SIP/b,CustomPresence:c'
    expect(good({ text }).hints).toEqual([
      { extension: '1234@sales', devices: ['PJSIP/alice', 'Custom:x'], presence: [] },
      { extension: '200@default', devices: ['SIP/a', 'SIP/b'], presence: ['CustomPresence:c'] },
    ])
  })

  test.each([
    ['hint = 1234', '"1234" is no hint: such as "hint = 1234@default, PJSIP/alice&Custom:door" is wanted'],
    ['hint = , PJSIP/a', '"" is no extension'],
    ['hint = 1@2@3, PJSIP/a', '"1@2@3" is no extension'],
    ['hint = 1, &', '1@default has no devices'],
    ['hint = 1, PJSIP/a b', '"PJSIP/a b" is no device: a device has no blanks in its name'],
    ['hints = 1, PJSIP/a', '"hints" is no setting of [hints]: did you mean "hint"?'],
    ['hint = 1, a\nhint = 1@default, b', '1@default has a hint already, at conf/x.conf:2: remove one'],
  ])('%s', (lines, sentence) => {
    const found = faults({ text: `[hints]\n${lines}` })
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(sentence)
  })
})

describe('reducers', () => {
  test('patterns of devices whose latest entry counts', () => {
    const text = '[reducers]\nlatest = Custom:night*\nlatest = Custom:a, Custom:b'
    expect(good({ text }).latestDevices).toEqual(['Custom:night*', 'Custom:a', 'Custom:b'])
  })

  test.each([
    ['newest = x', '"newest" is no reducer to choose'],
    ['latest =', '"" is no pattern of devices (a name cannot be empty): such as "latest = Custom:night*" is wanted'],
    ['latest = a b', '(a device has no blanks in its name)'],
  ])('%s', (line, sentence) => {
    expect(faults({ text: `[reducers]\n${line}` })).toEqual([expect.stringContaining(sentence)])
  })
})
