import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { controlSetup } from '../control/control-setup.ts'

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

/** The program as its own process, from source. */
const nodeArgs = (args: readonly string[]): string[] => ['--import', 'tsx', main, ...args]

const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
  spawnSync(process.execPath, nodeArgs(args), {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: '/nonexistent' },
  })

test('wrong use ends with 2, a failure with 1, each with one line and no stack', () => {
  const wrong = run('set', 'Custom:x', 'IN_USE')
  expect(wrong).toMatchObject({ status: 2, stdout: '' })
  expect(wrong.stderr).toMatch(/^lampfield: "IN_USE" is no device state[^\n]*\n$/)
  const absent = run('members')
  expect(absent).toMatchObject({ status: 1, stdout: '' })
  expect(absent.stderr).toMatch(/^lampfield: no node runs with data directory \/nonexistent\/\S+: start one[^\n]*\n$/)
})

test('a reader that has seen enough breaks nothing', async () => {
  await using setup = await controlSetup()
  for (let at = 0; at < 20_000; at += 1) setup.node.change('device_state', `Custom:${at}`, 'INUSE')
  const child = spawn(process.execPath, nodeArgs(['devices', '--data-dir', setup.dataDirectory]))
  let complaints = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  child.stdout.once('data', () => child.stdout.destroy())
  const [code] = await once(child, 'exit')
  expect({ code, complaints }).toEqual({ code: 0, complaints: '' })
})
