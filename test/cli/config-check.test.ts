import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { keyFileText } from '../../src/cli/key-file.ts'
import { cli } from './cli-run.ts'

let base: string
let file: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'lampfield-check-'))
  file = join(base, 'x.conf')
})
afterAll(() => rmSync(base, { recursive: true }))

test('config check names every fault with its line and what would be right', async () => {
  writeFileSync(file, '[general]\nclutser = x\nwhat\n[hints]\nhint = 1234\n')
  const { code, out, err } = await cli(['config', 'check', file])
  expect({ code, err }).toEqual({ code: 1, err: '' })
  expect(out.split('\n')).toEqual([
    `${file}:2: "clutser" is no setting: did you mean "cluster"?`,
    `${file}:3: "what" is no setting: "name = value" is wanted, or ; in front of a comment`,
    `${file}:5: "1234" is no hint: such as "hint = 1234@default, PJSIP/alice&Custom:door" is wanted`,
    `3 faults in ${file}`,
  ])
  const json = await cli(['config', 'check', file, '--json'])
  expect(json.code).toBe(1)
  expect(JSON.parse(json.out)).toMatchObject([
    { severity: 'fault', file, line: 2, source: `${file}:2`, text: expect.stringContaining('clutser') },
    { line: 3 },
    { line: 5 },
  ])
})

test('a good file is said to be good; this shell does not matter to it', async () => {
  writeFileSync(file, '[general]\ncluster = x\nsubscribe_event = ping\n')
  const env = { LAMPFIELD_LOG_LEVEL: 'loud' }
  expect(await cli(['config', 'check', file], { env })).toEqual({
    code: 0,
    out: `${file}:3: ping is not needed: nodes know each other without (no fault)\nnothing is wrong with ${file}`,
    err: '',
  })
  expect(await cli(['config', 'check'], { env: { ...env, LAMPFIELD_CONFIG: file } })).toMatchObject({ code: 1 })
})

test('the key file is looked at', async () => {
  const key = join(base, 'cluster.key')
  writeFileSync(file, '[general]\n\nkey_file = cluster.key\n')
  expect((await cli(['config', 'check', file])).out).toMatch(
    /x\.conf:3: key_file: the key file .* does not exist; make one/,
  )
  writeFileSync(key, 'hello', { mode: 0o600 })
  expect(await cli(['config', 'check', file])).toMatchObject({
    code: 1,
    out: expect.stringContaining('is no cluster key'),
  })
  writeFileSync(key, keyFileText())
  expect(await cli(['config', 'check', file])).toMatchObject({ code: 0 })
  chmodSync(key, 0o644)
  expect(await cli(['config', 'check', file])).toMatchObject({
    code: 1,
    out: expect.stringContaining(`chmod 600 ${key}`),
  })
})

test('the token of HTTP is looked at, and every fault is told at once', async () => {
  const token = join(base, 'http.token')
  writeFileSync(file, '[general]\nkey_file = none-such.key\nhttp_token_file = http.token\n')
  writeFileSync(token, 'short', { mode: 0o600 })
  const { code, out } = await cli(['config', 'check', file])
  expect(code).toBe(1)
  expect(out).toMatch(
    /x\.conf:2: key_file: [^\n]+\n[^\n]*x\.conf:3: http_token_file: [^\n]*holds no token[^\n]+\n2 faults in/,
  )
  writeFileSync(file, '[general]\nhttp_token_file = http.token\n')
  writeFileSync(token, 'long-enough-to-be-one')
  expect(await cli(['config', 'check', file])).toMatchObject({ code: 0 })
})

test('a file that is not there is a fault', async () => {
  expect(await cli(['config', 'check', '/nonexistent'])).toMatchObject({
    code: 1,
    out: expect.stringContaining('/nonexistent does not exist: name an existing file'),
  })
})
