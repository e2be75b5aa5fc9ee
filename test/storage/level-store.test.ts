import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { ClassicLevel } from 'classic-level'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { levelOptions } from '../../src/storage/examination.ts'
import { openLevelStore } from '../../src/storage/level-store.ts'
import { seal } from '../../src/storage/seal.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { contractSuite } from '../contract/suite.ts'

let base: string
let directory: string
const children: ChildProcess[] = []

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'lampfield-store-'))
  directory = join(base, 'data', 'store')
})

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child)
  rmSync(base, { recursive: true, force: true })
})

contractSuite(
  'the store contract: LevelDB',
  storeContract(async () => ({ open: () => openLevelStore(directory), remove: async () => {} })),
)

const one = Uint8Array.of(1)
const put = (key: string, value: Uint8Array = one): { key: string; value: Uint8Array } => ({ key, value })

/** Starts a process that opens the store and writes `count` numbers; tells each line it prints. */
function startWriter(count: number, onLine: (line: string) => void): ChildProcess {
  const script = join(import.meta.dirname, 'store-writer.ts')
  const child = spawn(process.execPath, ['--import', 'tsx', script, directory, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  if (child.stdout !== null) createInterface(child.stdout).on('line', onLine)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

describe('directory', () => {
  test('is made with its parents, for its owner only', async () => {
    const store = await openLevelStore(directory)
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    expect(statSync(join(base, 'data')).mode & 0o777).toBe(0o700)
    await store.close()
  })

  test('may exist already, with files that are not LevelDB’s', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'README'), 'mine')
    const store = await openLevelStore(directory)
    await store.close()
    expect(readFileSync(join(directory, 'README'), 'utf8')).toBe('mine')
  })

  test.each([
    ['is a file', () => (writeFileSync(join(base, 'data'), ''), join(base, 'data'))],
    ['lies below a file', () => (writeFileSync(join(base, 'data'), ''), directory)],
    ['cannot be made there', () => '/proc/lampfield'],
    ['has a name that is too long', () => join(base, 'x'.repeat(300))],
  ])('that %s is unusable, and the sentence says which', async (_, make) => {
    const path = make()
    const opening = openLevelStore(path)
    await expect(opening).rejects.toMatchObject({ name: 'Failure', code: 'data-directory-unusable' })
    await expect(opening).rejects.toThrow(path.slice(0, 200))
    await expect(opening).rejects.toThrow('--data-dir')
  })

  const isRoot = process.getuid?.() === 0
  const reason = isRoot ? ' (skipped: root may write anywhere)' : ''
  test.skipIf(isRoot)(`that this user may not write is unusable${reason}`, async () => {
    const store = await openLevelStore(directory)
    await store.close()
    chmodSync(directory, 0o500)
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'data-directory-unusable' })
    chmodSync(directory, 0o700)
  })

  test('of another process is in use, and usable once that is dead', async () => {
    const writer = await new Promise<ChildProcess>((resolve) => {
      const child = startWriter(1, (line) => line === '0' && resolve(child))
    })
    const opening = openLevelStore(directory)
    await expect(opening).rejects.toMatchObject({ name: 'Failure', code: 'data-directory-in-use' })
    await expect(opening).rejects.toThrow(directory)
    await kill(writer)
    const store = await openLevelStore(directory)
    expect(await store.get('latest')).toBeDefined()
    await store.close()
  })
})

describe('group commit', () => {
  test('what comes in at once shares a few syncs', async () => {
    const store = await openLevelStore(directory)
    const first = store.write([put('first')])
    await Promise.all([first, ...Array.from({ length: 500 }, (_, at) => store.write([put(`k${at}`)]))])
    await Promise.all(Array.from({ length: 500 }, (_, at) => store.write([put(`k${at}`)])))
    await store.close()
    expect(Number(readFileSync(join(directory, 'ACKNOWLEDGED'), 'utf8').slice(0, 16))).toBeLessThanOrEqual(4)
  })
})

describe('kill -9', () => {
  test('acknowledged writes survive it at any moment', async () => {
    let expected = -1
    for (const killAfter of [0, 7, 40]) {
      let acknowledged = -1
      const writer = await new Promise<ChildProcess>((resolve) => {
        const child = startWriter(100_000, (line) => {
          if (line !== 'open') acknowledged = Number(line)
          if (acknowledged >= killAfter) resolve(child)
        })
      })
      await kill(writer)
      expected = Math.max(expected, acknowledged)
      const store = await openLevelStore(directory)
      const numbers = await store.list('number/')
      expect(numbers.length).toBeGreaterThan(expected)
      expect(numbers.map(([, value]) => Buffer.from(value).toString())).toEqual(numbers.map((_, at) => String(at)))
      await store.close()
    }
  })

  test('the rest of a compaction that it cut short does no harm', async () => {
    await (await openLevelStore(directory)).close()
    writeFileSync(join(directory, '000099.ldb'), 'half a table')
    const store = await openLevelStore(directory)
    await store.write([put('a')])
    await store.close()
  })

  test('an examination that was killed leaves nothing behind', async () => {
    await (await openLevelStore(directory)).close()
    mkdirSync(join(directory, 'examination-dead00'))
    writeFileSync(join(directory, 'examination-dead00', '000005.ldb'), 'x')
    await (await openLevelStore(directory)).close()
    expect(readdirSync(directory).filter((name) => name.startsWith('examination'))).toEqual([])
  })
})

describe('a full disk', () => {
  test('refuses the write that did not fit, and takes writes again when there is room; what was acknowledged stays', async () => {
    const script = join(import.meta.dirname, 'store-writer.ts')
    // A file may grow to 64 blocks of 512 bytes: a log that is full. A store that is opened anew begins another one.
    const shell = ['-c', 'ulimit -f 64; exec "$@"', 'sh', process.execPath, '--import', 'tsx', script, directory, '600']
    const child = spawn('sh', shell, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    })
    children.push(child)
    const lines: string[] = []
    const reader = createInterface(child.stdout).on('line', (line) => lines.push(line))
    while (lines.length < 601) await once(reader, 'line')
    await kill(child)
    const told = lines.slice(1)
    const failures = told.filter((line) => line.startsWith('data-directory-unusable: '))
    const acknowledged = told.filter((line) => /^\d+$/.test(line))
    expect(failures.length + acknowledged.length).toBe(600)
    expect(failures[0]).toContain('File too large')
    expect(acknowledged.length).toBeGreaterThan(told.indexOf(failures[0] ?? '') + 100)
    const store = await openLevelStore(directory)
    const kept = new Map(await store.list('number/'))
    for (const number of acknowledged) {
      expect(Buffer.from(kept.get(`number/${number.padStart(6, '0')}`) ?? []).toString()).toBe(number)
    }
    await store.close()
  })
})

describe('damage', () => {
  /** Leaves 50 entries in a table and 50 in the log, most of them overwritten once. */
  async function fill(): Promise<void> {
    for (const round of [0, 1]) {
      const store = await openLevelStore(directory)
      for (let at = 0; at < 50; at += 1)
        await store.write([put(`key/${at + round * 10}`, Buffer.alloc(100, at + round))])
      await store.close()
    }
  }

  const newest = (pattern: RegExp): string => {
    const name = readdirSync(directory)
      .filter((file) => pattern.test(file))
      .toSorted()
      .at(-1)
    if (name === undefined) throw new Error(`no file ${pattern} in ${readdirSync(directory).join(' ')}`)
    return join(directory, name)
  }

  const turnBit = (file: string, at: number): void => {
    const bytes = readFileSync(file)
    const place = at < 0 ? bytes.length + at : at
    bytes[place] = (bytes[place] ?? 0) ^ 0x10
    writeFileSync(file, bytes)
  }

  /** Everything that holds data; LOG and LOCK are LevelDB's own notes. */
  const fingerprint = (): string => {
    const hash = createHash('sha256')
    for (const name of readdirSync(directory).toSorted()) {
      if (!/^LO(G|CK)/.test(name)) hash.update(name).update(readFileSync(join(directory, name)))
    }
    return hash.digest('hex')
  }

  const truncate = (file: string, part: number): void => truncateSync(file, Math.floor(statSync(file).size * part))

  const cases: readonly (readonly [string, () => void])[] = [
    ['CURRENT is garbage', () => writeFileSync(newest(/^CURRENT$/), 'garbage')],
    ['CURRENT is empty', () => writeFileSync(newest(/^CURRENT$/), '')],
    ['CURRENT names a file that is not there', () => writeFileSync(newest(/^CURRENT$/), 'MANIFEST-000099\n')],
    ['CURRENT is missing', () => unlinkSync(newest(/^CURRENT$/))],
    [
      'all of LevelDB’s files are missing',
      () => {
        for (const name of readdirSync(directory)) if (name !== 'ACKNOWLEDGED') unlinkSync(join(directory, name))
      },
    ],
    ['MANIFEST is half', () => truncate(newest(/^MANIFEST/), 0.5)],
    ['MANIFEST is empty', () => truncate(newest(/^MANIFEST/), 0)],
    ['MANIFEST has a turned bit', () => turnBit(newest(/^MANIFEST/), 30)],
    ['MANIFEST is missing', () => unlinkSync(newest(/^MANIFEST/))],
    ['the log has a turned bit in its middle', () => turnBit(newest(/\.log$/), 2000)],
    ['the log has a turned bit in its end', () => turnBit(newest(/\.log$/), -3)],
    ['the log is half', () => truncate(newest(/\.log$/), 0.5)],
    ['the log is empty', () => truncate(newest(/\.log$/), 0)],
    ['the log is missing', () => unlinkSync(newest(/\.log$/))],
    ['a table has a turned bit in a value', () => turnBit(newest(/\.ldb$/), 500)],
    ['a table has a turned bit in its index', () => turnBit(newest(/\.ldb$/), -70)],
    ['a table has a turned bit in its footer', () => turnBit(newest(/\.ldb$/), -4)],
    ['a table is half', () => truncate(newest(/\.ldb$/), 0.5)],
    ['a table is empty', () => truncate(newest(/\.ldb$/), 0)],
    ['a table is missing', () => unlinkSync(newest(/\.ldb$/))],
    ['ACKNOWLEDGED is garbage', () => turnBit(newest(/^ACKNOWLEDGED$/), 10)],
    ['ACKNOWLEDGED is missing', () => unlinkSync(newest(/^ACKNOWLEDGED$/))],
  ]

  test.each(cases)('%s: reported at every start, and every byte left', async (_, harm) => {
    await fill()
    harm()
    const before = fingerprint()
    for (let start = 0; start < 2; start += 1) {
      const opening = openLevelStore(directory)
      await expect(opening).rejects.toMatchObject({ name: 'Failure', code: 'store-damaged' })
      await expect(opening).rejects.toThrow(`mv ${directory} ${directory}.damaged`)
      expect(fingerprint()).toBe(before)
    }
  })

  test('no turned bit anywhere gives a wrong value: a failure, or all as it was', { timeout: 120_000 }, async () => {
    await fill()
    const store = await openLevelStore(directory)
    const whole = await store.list('')
    await store.close()
    const names = readdirSync(directory).filter((name) => /^(\d+\.|MANIFEST|CURRENT)/.test(name))
    const originals = new Map(names.map((name) => [name, readFileSync(join(directory, name))]))
    const restore = (): void => {
      for (const name of readdirSync(directory))
        if (/^(\d+\.|MANIFEST|CURRENT)/.test(name)) unlinkSync(join(directory, name))
      for (const [name, bytes] of originals) writeFileSync(join(directory, name), bytes)
    }
    let reported = 0
    for (const [name, bytes] of originals) {
      for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 25))) {
        restore()
        turnBit(join(directory, name), at)
        try {
          const opened = await openLevelStore(directory)
          expect(await opened.list('')).toEqual(whole)
          await opened.close()
        } catch (error) {
          expect(error).toMatchObject({ code: 'store-damaged' })
          reported += 1
        }
      }
    }
    expect(reported).toBeGreaterThan(20)
  })

  test('a last write cut short by a power cut is no damage: it was never acknowledged', async () => {
    await fill()
    const log = newest(/\.log$/)
    const bytes = readFileSync(log)
    writeFileSync(log, Buffer.concat([bytes, bytes.subarray(0, 60)]))
    const store = await openLevelStore(directory)
    expect(await store.list('')).toHaveLength(60)
    await store.close()
  })

  test('a making that was cut short is begun again', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'ACKNOWLEDGED'), '')
    await (await openLevelStore(directory)).close()
    for (const name of readdirSync(directory)) if (name !== 'ACKNOWLEDGED') unlinkSync(join(directory, name))
    writeFileSync(join(directory, 'MANIFEST-000001'), 'half')
    await (await openLevelStore(directory)).close()
    expect(existsSync(join(directory, 'CURRENT'))).toBe(true)
  })

  test('a store of a later version is not called damaged', async () => {
    await (await openLevelStore(directory)).close()
    const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, levelOptions)
    await level.put(Buffer.from('\0tally'), seal(Buffer.from('\0tally'), Uint8Array.of(2, 0, 0)))
    await level.close()
    const opening = openLevelStore(directory)
    await expect(opening).rejects.toMatchObject({ code: 'data-directory-unusable' })
    await expect(opening).rejects.toThrow('its layout is number 2')
  })

  test('LevelDB files that are no store of ours are not taken for one', async () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000001\n')
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'store-damaged' })
    unlinkSync(join(directory, 'CURRENT'))
    writeFileSync(join(directory, '000003.log'), '')
    await expect(openLevelStore(directory)).rejects.toMatchObject({ code: 'store-damaged' })
  })
})
