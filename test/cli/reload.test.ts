import { expect, test } from 'vitest'
import { RunningConfiguration } from '../../src/cli/reload.ts'
import { readConf } from '../../src/config/conf-file.ts'
import { resolveSettings, type Configuration } from '../../src/config/settings.ts'
import { Failure } from '../../src/runtime/failure.ts'
import type { Reading } from '../../src/config/source.ts'
import { keptLog } from './kept-log.ts'

const machine = { home: '/home/pbx', hostName: 'pbx1', workingDirectory: '/srv' }

function read(text: string): Reading<Configuration> {
  const file = readConf('x.conf', text)
  return file.ok ? resolveSettings({ flags: {}, env: {}, file: file.value }, machine) : file
}

function setup(text: string) {
  const first = read(text)
  if (!first.ok) throw new Error('the first configuration is wrong')
  const [log, applied] = [keptLog(), [] as string[]]
  log.level = first.value.settings.logLevel
  let now = text
  const running = new RunningConfiguration(first.value, async () => read(now), log)
  const reload = async (changed: string): Promise<readonly string[]> => {
    now = changed
    const before = log.lines.length
    await running.readAgain({
      setHooks: (hooks) => void applied.push(`hooks ${hooks?.program ?? 'none'}`),
      setHttp: async ({ settings: { http } }) => {
        if (http?.port === 1) throw new Failure('address-unusable', 'port 1 is taken')
        if (http !== undefined) applied.push(`http ${http.port}`)
        return http !== undefined
      },
      setPeers: ({ settings }) => void applied.push(`peer ${settings.peer.join()}, peers ${settings.peers.length}`),
    })
    return log.lines.slice(before)
  }
  return { running, applied, reload, log }
}

test('what can be applied is applied, and what waits for a restart is named', async () => {
  const { running, applied, reload, log } = setup('[general]\ncluster = a\n')
  const text =
    '[general]\ncluster = b\nlog_level = debug\npublish_event = mwi\n[hints]\nhint = 1, Custom:a\n[hooks]\non_change = /x\n[reducers]\nlatest = a'
  expect(await reload(text)).toEqual([
    'info the configuration was read again; applied: log_level, hints, hooks',
    'warn this takes effect when the node is started again: cluster, event channels, reducers',
  ])
  expect([log.level, ...applied]).toEqual(['debug', 'hooks /x'])
  const { settings, hints, sources, channels } = running.current
  expect(settings).toMatchObject({ cluster: 'a', logLevel: 'debug' })
  expect(hints).toHaveLength(1)
  expect(channels).toHaveLength(2)
  expect(sources.logLevel).toEqual({ kind: 'file', file: 'x.conf', line: 3 })
  // It is told again, as long as it waits.
  expect(await reload(text)).toEqual([
    'info the configuration was read again; nothing that can be applied has changed',
    'warn this takes effect when the node is started again: cluster, event channels, reducers',
  ])
  expect(await reload('[general]\ncluster = a\n')).toEqual([
    'info the configuration was read again; applied: log_level, hints, hooks',
  ])
  expect([log.level, ...applied]).toEqual(['info', 'hooks /x', 'hooks none'])
})

test('peers are looked for, and let in or kept out, without a restart', async () => {
  const { running, applied, reload } = setup('[general]\npeer = 10.0.0.7:4001\n')
  const one = '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'
  expect(await reload(`[general]\npeer = 10.0.0.8:4001\npeers = ${one}\n`)).toEqual([
    'info the configuration was read again; applied: peer, peers',
  ])
  expect(applied).toEqual(['peer /ip4/10.0.0.8/tcp/4001, peers 1'])
  expect(running.current.settings).toMatchObject({ peer: ['/ip4/10.0.0.8/tcp/4001'], peers: [one] })
  expect(await reload('[general]\n')).toEqual(['info the configuration was read again; applied: peer, peers'])
  expect(applied.at(-1)).toBe('peer , peers 0')
})

test('HTTP is moved without a restart; where it cannot be, it is served as before and waits', async () => {
  const { running, applied, reload } = setup('[general]\n')
  expect(await reload('[general]\nhttp = 127.0.0.1:8088\n')).toEqual([
    'info the configuration was read again; applied: http',
  ])
  expect(await reload('[general]\nhttp = 127.0.0.1:1\n')).toEqual([
    'error HTTP is served as before: port 1 is taken',
    'info the configuration was read again; nothing that can be applied has changed',
    'warn this takes effect when the node is started again: http',
  ])
  expect(await reload('[general]\nhttp = 127.0.0.1:8088\n')).toEqual([
    'info the configuration was read again; applied: the token of HTTP',
  ])
  expect(applied).toEqual(['http 8088', 'http 8088'])
  expect(running.current.settings.http).toMatchObject({ port: 8088 })
})

test('a faulty file changes nothing, and every fault is told', async () => {
  const { running, applied, reload } = setup('[general]\nlog_level = info\n')
  expect(await reload('[general]\nlog_level = loud\n[hints]\nhint = 1, Custom:a\nhint = 2\n')).toEqual([
    'error x.conf:2: log_level: "loud" is none of error, warn, info, debug',
    expect.stringMatching(/^error x\.conf:5: "2" is no hint/),
    'error the configuration was read again and nothing of it was applied, because of these faults',
  ])
  expect(applied).toEqual([])
  expect(running.current.hints).toEqual([])
})
