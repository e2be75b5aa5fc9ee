import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConf } from '../../src/config/conf-file.ts'
import { resolveSettings } from '../../src/config/settings.ts'
import { tell } from '../support/measure.ts'
import { Lan, lanTrouble, type Host } from '../support/namespaces.ts'

const root = join(import.meta.dirname, '..', '..')
const readme = readFileSync(join(root, 'README.md'), 'utf8')

interface Block {
  readonly language: string
  readonly text: string
}

const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', text = '']) => {
    return { language, text }
  },
)
const linesOf = (language: string): string[] => {
  return blocks.filter((block) => block.language === language).flatMap(({ text }) => text.trim().split('\n'))
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Commands that go on until they are told to end, and what they write when they are ready. */
const isForeground = (line: string): boolean => /\b(start|watch)\b/.test(line)
const readyText = 'data directory'

/** Runs a line of the README in a shell, in the checkout, on a host of its own, as a newcomer would. */
class Shell {
  readonly home: string = mkdtempSync(join(tmpdir(), 'lampfield-readme-'))
  readonly #host: Host
  readonly #running: ChildProcess[] = []

  constructor(host: Host) {
    this.#host = host
  }

  async run(line: string): Promise<Ended> {
    // Installing and testing are done before and around this test; what is to be seen here is that the node runs.
    const command = line.replaceAll('/tmp/lampfield', this.home).replace(/^npm ci && /, '')
    const [program, args] = this.#host.commandLine('sh', ['-c', `exec ${command}`])
    const env = { ...process.env, HOME: this.home, XDG_STATE_HOME: join(this.home, 'state') }
    // A group of its own, because `npm start` runs a shell that runs the node: all of them have to end with the test.
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#running.push(child)
    return new Promise((resolve) => {
      let output = ''
      const take = (text: Buffer): void => {
        output += text.toString()
        if (isForeground(line) && output.includes(readyText)) resolve({ code: 0, output })
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
      child.on('close', (code) => resolve({ code, output }))
    })
  }

  close(): void {
    for (const { pid } of this.#running) if (pid !== undefined) killGroup(pid)
    rmSync(this.home, { recursive: true, force: true })
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended by itself.
  }
}

const trouble = lanTrouble()
if (trouble !== undefined) tell(`skipped: the commands of the README: ${trouble}`)

describe.skipIf(trouble !== undefined)('the commands of the README', () => {
  let lan: Lan
  let shell: Shell

  beforeAll(() => {
    lan = new Lan(1)
    shell = new Shell(lan.host(1))
    mkdirSync(join(shell.home, 'state'), { recursive: true })
  })

  afterAll(() => {
    shell.close()
    lan.close()
  })

  for (const line of linesOf('sh')) {
    // This very command runs the test that reads this line.
    if (line === 'npm ci && npm test') continue
    test(line, async () => {
      let ended = await shell.run(line)
      // A set on one node is on the other a moment later; a person types more slowly than this.
      for (
        let turn = 0;
        turn < 20 && line.startsWith('npx lampfield get') && !ended.output.includes('INUSE');
        turn += 1
      ) {
        ended = await shell.run(line)
      }
      expect(ended).toMatchObject({ code: 0 })
      if (line.startsWith('npx lampfield get')) expect(ended.output).toContain('INUSE')
    })
  }
})

describe('the configuration of the README', () => {
  test('is understood without a fault', () => {
    const read = readConf('README.md', linesOf('ini').join('\n'))
    expect(read).toMatchObject({ ok: true })
    if (!read.ok) return
    expect(resolveSettings({ flags: {}, env: {}, file: read.value })).toMatchObject({ ok: true })
  })
})
