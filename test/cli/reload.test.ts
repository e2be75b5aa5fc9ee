import { expect, test } from 'vitest'
import { RunningConfiguration } from '../../src/cli/reload.ts'
import { readConf } from '../../src/config/conf-file.ts'
import { resolveSettings, type Configuration } from '../../src/config/settings.ts'
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
    await running.readAgain({ setHooks: (hooks) => void applied.push(`hooks ${hooks?.program ?? 'none'}`) })
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
