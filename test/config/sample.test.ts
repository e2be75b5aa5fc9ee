import { expect, test } from 'vitest'
import { asteriskTable } from '../../src/config/asterisk.ts'
import { readConf } from '../../src/config/conf-file.ts'
import { sampleConf } from '../../src/config/sample.ts'
import { resolveSettings, type Configuration } from '../../src/config/settings.ts'
import { defaults, fileNameOf, settingNames, settingsTable } from '../../src/config/settings-table.ts'
import { faultText } from '../../src/config/source.ts'

const machine = { home: '/home/pbx', hostName: 'pbx1', workingDirectory: '/srv' }

function configurationOf(text: string): Configuration {
  const file = readConf('lampfield.conf', text)
  if (!file.ok) throw new Error(file.faults.map(faultText).join('\n'))
  const read = resolveSettings({ flags: {}, env: {}, file: file.value }, machine)
  if (!read.ok) throw new Error(read.faults.map(faultText).join('\n'))
  return read.value
}

const withoutSources = ({ sources: _, asteriskViews, ...rest }: Configuration): object => ({
  ...rest,
  asteriskViews: asteriskViews.map(({ name, value }) => [name, value]),
})
const usual = withoutSources(configurationOf(''))

test('as it stands the sample changes nothing and has no faults', () => {
  const configuration = configurationOf(sampleConf())
  expect(withoutSources(configuration)).toEqual(usual)
  expect(Object.values(configuration.sources).every(({ kind }) => kind === 'default')).toBe(true)
})

test('with every setting uncommented it says the defaults', () => {
  const configuration = configurationOf(sampleConf().replace(/^;(?=\S)/gm, ''))
  expect(withoutSources(configuration)).toEqual(usual)
  expect(Object.values(configuration.sources).every(({ kind }) => kind === 'file')).toBe(true)
})

test('its examples are understood', () => {
  const configuration = configurationOf(
    sampleConf()
      .replace(/^; (hint|latest|on_change) = (.*)$/gm, '[$1s]\n$1 = $2')
      .replace(/^; (pattern = Custom.*)$/m, '$1')
      .replaceAll('[latests]', '[reducers]')
      .replaceAll('[on_changes]', '[hooks]'),
  )
  expect(configuration.hints).toHaveLength(1)
  expect(configuration.latestDevices).toHaveLength(1)
  expect(configuration.hooks).toMatchObject({
    program: '/usr/local/bin/lamp-changed',
    patterns: ['Custom:night*', 'PJSIP/*'],
  })
})

test('it has every setting with its sentence, in lines that fit a terminal', () => {
  const sample = sampleConf()
  for (const name of settingNames) {
    expect(sample.replaceAll('\n; ', ' ')).toContain(settingsTable[name].description)
    expect(settingsTable[name].description).toMatch(/^[A-Z].*\.$/)
    expect(sample.split('\n')).toContain(`;${fileNameOf(name)} = ${defaults[name]}`)
  }
  for (const [name, { description, usual }] of Object.entries(asteriskTable)) {
    expect(sample.replaceAll('\n; ', ' ')).toContain(description)
    expect(sample.split('\n')).toContain(`;${name} = ${usual}`)
  }
  expect(sample.split('\n').filter((line) => line.length > 100)).toEqual([])
})
