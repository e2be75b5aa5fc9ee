import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'

const moduleUrl = (path: string): string => new URL(`../../src/cli/${path}`, import.meta.url).href

test.each([
  ["setImmediate(() => { throw new TypeError('a\\nb') })", 'lampfield: fatal: TypeError: a\\u{a}b\n'],
  ["void Promise.reject(new Error('nobody caught me'))", 'lampfield: fatal: Error: nobody caught me\n'],
])('%s ends the process with one clear line', (script, stderr) => {
  const program = `
    const { guardProcess } = await import('${moduleUrl('fatal.ts')}')
    const { processTerminal } = await import('${moduleUrl('terminal.ts')}')
    guardProcess(processTerminal(), { flushSync() { console.log('flushed') } })
    ${script}
    setInterval(() => {}, 1000)`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', program]
  expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({
    status: 1,
    stdout: 'flushed\n',
    stderr,
  })
})
