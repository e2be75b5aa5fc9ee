import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aloneArgs, start, type StartedNode } from './started-node.ts'

let home = ''
const started: StartedNode[] = []

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'lampfield-full-'))
})
afterAll(async () => {
  for (const { child } of started) child.kill('SIGKILL')
  await rm(home, { recursive: true, force: true })
})

const env = (): NodeJS.ProcessEnv => ({ PATH: process.env['PATH'], HOME: home })

/** How large files of a running process may become: as a disk that is full, or has room again. */
function limitFiles(pid: number, bytes: string): void {
  const { status, stderr } = spawnSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`prlimit failed: ${stderr}`)
}

async function startNode(directory: string): Promise<StartedNode> {
  const node = await start(aloneArgs(directory), directory, env())
  started.push(node)
  return node
}

test('a full disk is an alarm, lamps go on, and what was set meanwhile is kept when there is room again', async () => {
  const directory = join(home, 'pbx')
  const { child, client, log } = await startNode(directory)
  const alarms = async (): Promise<string[]> => (await client.members()).flatMap((member) => member.alarms)
  await client.setDeviceState('Custom:before', 'INUSE')
  limitFiles(child.pid!, '1')
  const refused = {
    code: 'not-kept',
    message: expect.stringMatching(/store cannot be used .*File too large/) as string,
  }
  await expect(client.setDeviceState('Custom:meanwhile', 'RINGING')).rejects.toMatchObject(refused)
  expect(await client.deviceState('Custom:meanwhile')).toMatchObject({ state: 'RINGING' })
  expect(await alarms()).toEqual([expect.stringMatching(/^Nothing can be kept on disk: /)])
  expect(await client.check()).toMatchObject({ agreed: false })
  limitFiles(child.pid!, 'unlimited')
  while (!log().includes('the disk takes everything again')) await client.node()
  expect(await alarms()).toEqual([])
  expect(log()).toMatch(/ERROR: alarm: Nothing can be kept on disk/)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const again = await startNode(directory)
  expect(await again.client.deviceState('Custom:before')).toMatchObject({ state: 'INUSE' })
  expect(await again.client.deviceState('Custom:meanwhile')).toMatchObject({ state: 'RINGING' })
  again.child.kill('SIGTERM')
  await once(again.child, 'exit')
})
