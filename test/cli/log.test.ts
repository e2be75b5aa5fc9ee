import { expect, test } from 'vitest'
import { logFormat, programLog, type LogOptions } from '../../src/cli/log.ts'

function lines(options: Pick<LogOptions, 'level' | 'format'>): string[] {
  const written: string[] = []
  const log = programLog({ ...options, colour: false, destination: { write: (line) => void written.push(line) } })
  log.debug('quiet', { a: 1 })
  log.info('pbx-b\u001B[2J is alive', { entity: '02:00:00:00:00:0b' })
  return written
}

test('JSON is one object a line, with the level by name', () => {
  const [line = '', ...others] = lines({ level: 'info', format: 'json' })
  expect(others).toEqual([])
  expect(JSON.parse(line)).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    entity: '02:00:00:00:00:0b',
    msg: 'pbx-b\u001B[2J is alive',
  })
})

test('pretty lines are sentences; fields come with debugging', () => {
  expect(lines({ level: 'info', format: 'pretty' })).toEqual([
    expect.stringMatching(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: pbx-b\\u\{1b\}\[2J is alive\n$/),
  ])
  const debug = lines({ level: 'debug', format: 'pretty' })
  expect(debug[0]).toMatch(/DEBUG: quiet \{"a":1\}\n$/)
})

test('the level can be turned while the log is used', () => {
  const written: string[] = []
  const destination = { write: (line: string): void => void written.push(line) }
  const log = programLog({ level: 'info', format: 'pretty', colour: false, destination })
  log.debug('unseen')
  log.level = 'debug'
  log.debug('seen', { a: 1 })
  log.level = 'error'
  log.warn('unseen')
  expect(written).toEqual([expect.stringMatching(/DEBUG: seen \{"a":1\}\n$/)])
})

test('auto is JSON for the journal of systemd, and for people everywhere else', () => {
  const isOutput = (text: string): boolean => text === '8:123'
  expect(logFormat('auto', {}, isOutput)).toBe('pretty')
  expect(logFormat('auto', { JOURNAL_STREAM: '8:123' }, isOutput)).toBe('json')
  // A shell that systemd started has the variable too, whatever its programs write to.
  expect(logFormat('auto', { JOURNAL_STREAM: '8:124' }, isOutput)).toBe('pretty')
  expect(logFormat('auto', { JOURNAL_STREAM: '0:0' })).toBe('pretty')
  expect(logFormat('json', {})).toBe('json')
  expect(logFormat('pretty', { JOURNAL_STREAM: '8:123' }, isOutput)).toBe('pretty')
})
