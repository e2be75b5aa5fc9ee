import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { confMaxBytes } from '../../src/config/conf-file.ts'
import { findConfFile, type ConfRequest } from '../../src/config/conf-lookup.ts'
import { faultText } from '../../src/config/source.ts'

let base: string
let file: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lampfield-conf-'))
  file = join(base, 'a.conf')
  writeFileSync(file, '[general]\ncluster = x\n')
})

afterAll(() => rmSync(base, { recursive: true }))

async function look(request: Omit<ConfRequest, 'env'> & { env?: Record<string, string> }): Promise<string> {
  const read = await findConfFile({ env: {}, usual: join(base, 'none.conf'), ...request })
  return read.ok ? (read.value?.file ?? 'none') : read.faults.map(faultText).join('\n')
}

test('the flag wins over the environment, that over the usual place', async () => {
  expect(await look({ flag: file, env: { LAMPFIELD_CONFIG: '/nowhere' } })).toBe(file)
  expect(await look({ env: { LAMPFIELD_CONFIG: file } })).toBe(file)
  expect(await look({ usual: file })).toBe(file)
  expect(await look({ env: { LAMPFIELD_CONFIG: '' } })).toBe('none')
})

test('a file that was named must exist', async () => {
  expect(await look({ flag: '/nowhere' })).toMatch(/^--config: \/nowhere does not exist: .*lampfield config sample/)
  expect(await look({ env: { LAMPFIELD_CONFIG: join(file, 'x') } })).toMatch(/^LAMPFIELD_CONFIG: .* does not exist/)
})

test('what is no text file of a sane size is refused, not waited for', async () => {
  expect(await look({ flag: base })).toContain('is no regular file')
  expect(await look({ flag: '/dev/zero' })).toContain('is no regular file')
  const binary = join(base, 'binary.conf')
  writeFileSync(binary, Uint8Array.of(0xff, 0xfe, 0))
  expect(await look({ usual: binary })).toBe(`${binary}: this is no UTF-8 text`)
  const large = join(base, 'large.conf')
  writeFileSync(large, Buffer.alloc(confMaxBytes + 1))
  expect(await look({ usual: large })).toContain('is larger than')
})

test('faults inside name file and line', async () => {
  const bad = join(base, 'bad.conf')
  writeFileSync(bad, '[general]\nwhat\n')
  expect(await look({ flag: bad })).toContain(`${bad}:2: "what" is no setting`)
})
