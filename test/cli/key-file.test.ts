import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keyFileText, readKeyFile } from '../../src/cli/key-file.ts'
import { keptLog } from './kept-log.ts'

test('a key that was written is read; others may not be able to read it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-key-'))
  const [file, log] = [join(directory, 'key'), keptLog()]
  await writeFile(file, keyFileText(), { mode: 0o600 })
  expect(await readKeyFile(file, log)).toHaveLength(32)
  expect(log.lines).toEqual([])
  await rm(file)
  await writeFile(file, keyFileText().replaceAll('\n', '\r\n'), { mode: 0o644 })
  expect(await readKeyFile(file, log)).toHaveLength(32)
  expect(log.lines).toEqual([`warn other users of this machine may read the cluster key: chmod 600 ${file}`])
  await rm(directory, { recursive: true })
})

test.each([
  '',
  'hello',
  '/key/swarm/psk/1.0.0/\n/base16/\nabc\n',
  `/key/swarm/psk/1.0.0/\n/base64/\n${'a'.repeat(64)}\n`,
])('%j is no key', async (text) => {
  const directory = await mkdtemp(join(tmpdir(), 'lampfield-key-'))
  await writeFile(join(directory, 'key'), text)
  await expect(readKeyFile(join(directory, 'key'), keptLog())).rejects.toMatchObject({ code: 'file-invalid' })
  await rm(directory, { recursive: true })
})

test('a key file that is not there is named, with the remedy', async () => {
  await expect(readKeyFile('/nonexistent/key', keptLog())).rejects.toThrow(/\/nonexistent\/key .*lampfield keygen/)
})
