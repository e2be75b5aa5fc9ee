import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseEntityId } from '../../src/node/entity-choice.ts'

const interfaces = [
  { interface: 'lo', mac: '00:00:00:00:00:00' },
  { interface: 'eth0', mac: '00:16:3e:12:34:56' },
]

let base: string

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'lampfield-test-'))
})

afterEach(async () => {
  await rm(base, { recursive: true })
})

const directory = async (name: string): Promise<string> => {
  const path = join(base, name)
  await mkdir(path)
  return path
}

test('the first data directory of a machine gets its hardware address, and keeps it', async () => {
  const first = await directory('first')
  expect(await chooseEntityId(first, interfaces, join(base, 'claims'))).toBe('00:16:3e:12:34:56')
  expect(await chooseEntityId(first, interfaces, join(base, 'claims'))).toBe('00:16:3e:12:34:56')
})

test('further ones get a locally administered address of their own', async () => {
  const claims = join(base, 'claims')
  await chooseEntityId(await directory('first'), interfaces, claims)
  const second = await chooseEntityId(await directory('second'), interfaces, claims)
  const third = await chooseEntityId(await directory('third'), interfaces, claims)
  expect(new Set([second, third, '00:16:3e:12:34:56']).size).toBe(3)
  for (const id of [second, third]) expect(Number.parseInt(id.slice(0, 2), 16) & 3).toBe(2)
})

test('of several that start at once, one is first', async () => {
  const claims = join(base, 'claims')
  const directories = await Promise.all(['a', 'b', 'c', 'd'].map(directory))
  const ids = await Promise.all(directories.map((path) => chooseEntityId(path, interfaces, claims)))
  expect(new Set(ids).size).toBe(4)
  expect(ids.filter((id) => id === '00:16:3e:12:34:56').length).toBeLessThanOrEqual(1)
})

test('a directory that is gone gives its address free', async () => {
  const claims = join(base, 'claims')
  const first = await directory('first')
  await chooseEntityId(first, interfaces, claims)
  await rm(first, { recursive: true })
  expect(await chooseEntityId(await directory('second'), interfaces, claims)).toBe('00:16:3e:12:34:56')
})

test('a machine without a hardware address is told to set an entity ID', async () => {
  const first = await directory('first')
  await expect(chooseEntityId(first, interfaces.slice(0, 1), join(base, 'claims'))).rejects.toThrow('--entity-id')
})
