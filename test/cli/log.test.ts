import { expect, test } from 'vitest'
import { pinoLog, type LogOptions } from '../../src/cli/log.ts'

function lines(options: Pick<LogOptions, 'level' | 'format'>): string[] {
  const written: string[] = []
  const log = pinoLog({ ...options, colour: false, destination: { write: (line) => void written.push(line) } })
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
  const debug = lines({ level: 'debug', format: 'auto' })
  expect(debug[0]).toMatch(/DEBUG: quiet \{"a":1\}\n$/)
})
