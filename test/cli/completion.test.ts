import { spawn, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile, chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completionScripts } from '../../src/cli/completion/scripts.ts'
import { controlSetup } from '../control/control-setup.ts'
import { tell } from '../support/measure.ts'
import { cli } from './cli-run.ts'

async function candidates(line: string): Promise<string[]> {
  const { code, out, err } = await cli(['complete', '--', `lampfield ${line}`])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return out === '' ? [] : out.split('\n')
}

test('commands, options, states and words are completed', async () => {
  expect(await candidates('')).toEqual(expect.arrayContaining(['start', 'devices', 'config', 'console']))
  expect(await candidates('')).not.toContain('complete')
  expect(await candidates('de')).toEqual(['demo', 'devices'])
  expect(await candidates('config ')).toEqual(expect.arrayContaining(['sample']))
  expect(await candidates('mwi s')).toEqual(['set'])
  expect(await candidates('members --')).toEqual(['--data-dir', '--help', '--json', '--version'])
  expect(await candidates('start --key')).toEqual(['--key-file'])
  expect(await candidates('start --log-level ')).toEqual(['debug', 'error', 'info', 'warn'])
  expect(await candidates('set Custom:x IN')).toEqual(['INUSE', 'INVALID'])
  expect(await candidates('completion ')).toEqual(['bash', 'fish', 'zsh'])
  expect(await candidates('get a ')).toEqual([])
  expect(await candidates('nonsense ')).toEqual([])
})

test('device names come from the node that the line names', async () => {
  await using setup = await controlSetup()
  for (const name of [
    'Custom:a',
    'Custom:b',
    'PJSIP/alice',
    'Custom:$(reboot)',
    'Custom:a b',
    'Custom:`x`',
    'Custom:x;y',
  ])
    await setup.node.set('device_state', name, 'INUSE')
  await setup.node.set('mwi', '100@default', { newMessages: 1, oldMessages: 0 })
  const where = `--data-dir ${setup.dataDirectory}`
  // A shell must be able to take every one of them as a word.
  expect(await candidates(`${where} get Custom:`)).toEqual(['Custom:a', 'Custom:b'])
  expect(await candidates(`get ${where} PJ`)).toEqual(['PJSIP/alice'])
  expect(await candidates(`${where} mwi get `)).toEqual(['100@default'])
  expect(await candidates(`${where} watch --channel `)).toEqual(['device_state', 'mwi'])
  expect(await candidates('get --data-dir /nonexistent ')).toEqual([])
})

test('files and directories are completed where they are wanted', async () => {
  const home = await mkdtemp(join(tmpdir(), 'lampfield-files-'))
  await mkdir(join(home, 'keys'))
  await writeFile(join(home, 'key'), '')
  expect(await candidates(`start --key-file ${home}/k`)).toEqual([`${home}/key`, `${home}/keys/`])
  expect(await candidates(`start --data-dir ${home}/k`)).toEqual([`${home}/keys/`])
  expect(await candidates('start --key-file /nonexistent/x')).toEqual([])
  await rm(home, { recursive: true })
})

test('an unknown shell is refused with the ones that there are', async () => {
  expect(await cli(['completion', 'tcsh'])).toMatchObject({
    code: 2,
    out: '',
    err: expect.stringContaining('bash, zsh, fish'),
  })
})

/** The program under its name, for shells to find. */
let bin = ''
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), 'lampfield-shell-'))
  const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
  const tsx = fileURLToPath(import.meta.resolve('tsx'))
  await writeFile(join(bin, 'lampfield'), `#!/bin/sh\nexec '${process.execPath}' --import '${tsx}' '${main}' "$@"\n`)
  await chmod(join(bin, 'lampfield'), 0o755)
})
afterAll(() => rm(bin, { recursive: true, force: true }))

/** Runs a shell script with the program in its path; the node answers meanwhile in this process. */
function shell(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: bin, TERM: 'dumb' }
    const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let [out, err] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 && err === '' ? resolve(out) : reject(new Error(`${program}: ${code}: ${err}`)),
    )
  })
}

/** Why a shell cannot be asked, or undefined. */
const absence = (program: string): string | undefined =>
  spawnSync(program, ['--version']).error === undefined ? undefined : `${program} is not installed`

function describeShell(program: string, body: () => void): void {
  const reason = absence(program)
  if (reason !== undefined) tell(`skipped: completion in ${program}: ${reason}`)
  describe.skipIf(reason !== undefined)(program, body)
}

describeShell('bash', () => {
  const ask = (line: string): Promise<string> =>
    shell('bash', [
      '--norc',
      '-ec',
      `source <(lampfield completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1} COMP_TYPE=9
      _lampfield lampfield
      printf '%s\\n' "\${COMPREPLY[@]}"
      complete -p lampfield`,
      'bash',
      line,
    ])

  test('completes commands, states and names with colons', async () => {
    await using setup = await controlSetup()
    await setup.node.set('device_state', 'Custom:mystate', 'INUSE')
    const hook = 'complete -F _lampfield lampfield\n'
    expect(await ask('lampfield dev')).toBe(`devices\n${hook}`)
    expect(await ask('lampfield set Custom:x RINGI')).toBe(`RINGING\nRINGINUSE\n${hook}`)
    // Bash puts what is offered behind the last colon.
    expect(await ask(`lampfield --data-dir ${setup.dataDirectory} get Custom:my`)).toBe(`mystate\n${hook}`)
    expect(await ask(`lampfield --data-dir ${setup.dataDirectory} get Cus`)).toBe(`Custom:mystate\n${hook}`)
  })
})

describeShell('fish', () => {
  test('completes commands and states', async () => {
    const ask = (line: string): Promise<string> =>
      shell('fish', ['--no-config', '-c', `lampfield completion fish | source; complete -C '${line}'`])
    expect(await ask('lampfield dev')).toBe('devices\n')
    expect(await ask('lampfield set Custom:x RINGI')).toBe('RINGING\nRINGINUSE\n')
  })
})

describeShell('zsh', () => {
  test('reads the script, and offers what the program names', async () => {
    // Completion itself needs a terminal; what it would add is told by a function in place of the builtin.
    const script = `autoload -Uz compinit; compinit -D -d /dev/null
      source <(lampfield completion zsh)
      [[ \${_comps[lampfield]} == _lampfield ]] || exit 3
      compadd() { while [[ $1 != -- ]]; do shift; done; shift; print -l -- "$@" }
      words=(lampfield set Custom:x RINGI) CURRENT=4
      _lampfield`
    expect((await shell('zsh', ['-f', '-c', script])).trim()).toBe('RINGING\nRINGINUSE')
  })
})

test('every script calls the program and names its function', () => {
  for (const script of Object.values(completionScripts)) {
    expect(script).toContain('complete -- ')
    expect(script).not.toMatch(/\beval\b/)
  }
})
