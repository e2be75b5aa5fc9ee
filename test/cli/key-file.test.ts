import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { keyFileText, readKeyFile } from '../../src/cli/key-file.ts'

async function keyFile(text: string, mode: number): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-key-'))
  onTestFinished(() => rm(directory, { recursive: true }))
  await writeFile(join(directory, 'key'), text, { mode })
  return join(directory, 'key')
}

test('a key that was written is read', async () => {
  const keys = await readKeyFile(await keyFile(keyFileText(), 0o600))
  expect(keys).toHaveLength(1)
  expect(keys[0]).toHaveLength(32)
})

test('several keys may stand one after another, with any line ends', async () => {
  const [first, second] = [keyFileText(), keyFileText()]
  const keys = await readKeyFile(await keyFile((first + second).replaceAll('\n', '\r\n'), 0o400))
  expect(keys.map((key) => `/key/swarm/psk/1.0.0/\n/base16/\n${Buffer.from(key).toString('hex')}\n`)).toEqual([
    first,
    second,
  ])
})

test.each([0o640, 0o604, 0o666])('a key that others may use is refused with the remedy: mode %o', async (mode) => {
  const file = await keyFile(keyFileText(), 0o600)
  await chmod(file, mode)
  await expect(readKeyFile(file)).rejects.toMatchObject({
    code: 'file-invalid',
    message: expect.stringContaining(`chmod 600 ${file}`) as unknown,
  })
})

test.each([
  '',
  'hello',
  '/key/swarm/psk/1.0.0/\n/base16/\nabc\n',
  `${keyFileText()}hello`,
  keyFileText().repeat(100),
  `/key/swarm/psk/1.0.0/\n/base64/\n${'a'.repeat(64)}\n`,
])('%j is no key', async (text) => {
  const file = await keyFile(text, 0o600)
  await expect(readKeyFile(file)).rejects.toMatchObject({
    code: 'file-invalid',
    message: expect.not.stringContaining('chmod') as unknown,
  })
})

test('a key file that is not there is named, with the remedy', async () => {
  await expect(readKeyFile('/nonexistent/key')).rejects.toThrow(/\/nonexistent\/key .*lampfield keygen/)
})
