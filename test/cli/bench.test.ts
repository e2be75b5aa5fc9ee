import { expect, test } from 'vitest'
import { Failure } from '../../src/runtime/failure.ts'
import { controlSetup } from '../control/control-setup.ts'
import { entityA } from '../control/fake-node.ts'
import { cli } from './cli-run.ts'

test('bench shows how long changes took to each member', async () => {
  await using setup = await controlSetup()
  const at = ['--data-dir', setup.dataDirectory]
  const { code, out } = await cli(['bench', '--changes', '20', ...at])
  expect(code).toBe(0)
  expect(out.split('\n').map((line) => line.split(/\s{2,}/))).toEqual([
    ['MEMBER', 'ENTITY', 'QUESTION', 'CHANGE p50', 'p95', 'MAX', 'SHOWN'],
    ['pbx-b', '02:00:00:00:00:0b', '0.5 ms', '10.0 ms', '19.0 ms', '20.0 ms', '20 of 20'],
  ])
  const json = JSON.parse((await cli(['bench', '--changes', '3', '--json', ...at])).out) as unknown
  expect(json).toMatchObject({ changes: 3, members: [{ name: 'pbx-b', changeMs: [1, 2, 3] }] })
})

test('bench fails where a member did not show a change', async () => {
  await using setup = await controlSetup()
  setup.node.unheard = [{ entity: entityA, name: 'deaf', questionMs: [1], changeMs: [] }]
  const { code, out } = await cli(['bench', '--changes', '2', '--data-dir', setup.dataDirectory])
  expect(code).toBe(1)
  expect(out).toMatch(/deaf .* - .* 0 of 2/)
})

test.each(['0', '1001', 'many', '1.5'])('%s changes are refused', async (changes) => {
  await using setup = await controlSetup()
  const { code, err } = await cli(['bench', '--changes', changes, '--data-dir', setup.dataDirectory])
  expect(code).toBe(2)
  expect(err).toContain('1 to 1000')
})

test('what the node refuses is told', async () => {
  await using setup = await controlSetup()
  setup.node.fails = new Failure('channel-closed', 'this node does not publish device_state: it only subscribes it')
  const { code, err } = await cli(['bench', '--data-dir', setup.dataDirectory])
  expect(code).toBe(1)
  expect(err).toContain('does not publish device_state')
})
