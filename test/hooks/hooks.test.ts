import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { RunnerProcess, type ProgramRunner } from '../../src/hooks/runner-process.ts'
import { Hooks, type HookPlan } from '../../src/hooks/hooks.ts'
import { runProgram, type Run, type RunOutcome } from '../../src/hooks/run-program.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { keptLog } from '../cli/kept-log.ts'
import { entityB, FakeNode } from '../control/fake-node.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'lampfield-hooks-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

function program(text: string): string {
  const path = join(home, 'program')
  writeFileSync(path, `#!/bin/sh\n${text}\n`)
  chmodSync(path, 0o755)
  return path
}

const text = (name: string): string => (existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '')

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    // Whoever waits for its parent to notice its end is dead all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('a program', () => {
  const run = (path: string, difference: Partial<Run> = {}): Promise<RunOutcome> =>
    runProgram({ program: path, args: [], env: { PATH: '/usr/bin:/bin' }, limitMs: 30_000, ...difference }, systemClock)
      .ended

  test('gets its arguments as they are, and only the environment it is given', async () => {
    const path = program(`printf '%s|' "$@" >${home}/args; env >${home}/env`)
    const args = ['device_state', '$(touch pwned); a b', '', '-x']
    expect(await run(path, { args, env: { PATH: '/usr/bin:/bin', HOOK_KEY: 'x' } })).toEqual({ kind: 'done' })
    expect(text('args')).toBe('device_state|$(touch pwned); a b||-x|')
    const names = text('env')
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0])
    expect(names).toEqual(expect.arrayContaining(['PATH', 'HOOK_KEY']))
    expect(names).not.toContain('VITEST')
  })

  test('that fails says why', async () => {
    expect(await run(program('echo "no such lamp" >&2; exit 3'))).toEqual({
      kind: 'failed',
      why: 'it ended with exit code 3: no such lamp',
    })
    expect(await run(program('kill -KILL $$'))).toEqual({ kind: 'failed', why: 'it ended with SIGKILL' })
    expect(await run('/nonexistent/program')).toMatchObject({ kind: 'failed', why: expect.stringContaining('ENOENT') })
    expect(await run(program(''), { args: ['a\0b'] })).toMatchObject({ kind: 'failed' })
  })

  test('that takes too long is ended with all it started, also where it does not listen', async () => {
    const path = program(`trap '' TERM; sleep 300 & echo $! >${home}/child; echo $$ >${home}/self; wait; sleep 300`)
    const outcome = await run(path, { limitMs: 200 })
    expect(outcome).toEqual({ kind: 'too-long', why: 'it took longer than 0.2 s and was ended' })
    for (const name of ['child', 'self']) await expect.poll(() => isAlive(Number(text(name)))).toBe(false)
  })

  test('leaves nothing in the background', async () => {
    expect(await run(program(`sleep 300 & echo $! >${home}/child`))).toEqual({ kind: 'done' })
    await expect.poll(() => isAlive(Number(text('child')))).toBe(false)
  })
})

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))
const runnerCommand = [process.execPath, '--import', 'tsx', main, 'hook-runner'] as const

describe('the runner', () => {
  test('runs programs, is begun again after it died, and leaves nothing running when it is closed', async () => {
    const runner = new RunnerProcess(runnerCommand)
    const path = program(`echo $$ $PPID >>${home}/pids; [ "$1" = quick ] || sleep 300`)
    const run = (arg: string): Promise<RunOutcome> =>
      runner.run({ program: path, args: [arg], env: { PATH: '/usr/bin:/bin' }, limitMs: 60_000 })
    const pids = (): number[][] =>
      text('pids')
        .trim()
        .split('\n')
        .map((line) => line.split(' ').map(Number))
    expect(await run('quick')).toEqual({ kind: 'done' })
    const slow = run('slow')
    await expect.poll(() => pids().length).toBe(2)
    process.kill(pids()[0]![1]!, 'SIGKILL')
    expect(await slow).toEqual({ kind: 'failed', why: 'its runner ended: SIGKILL' })
    process.kill(pids()[1]![0]!, 'SIGKILL')
    expect(await run('quick')).toEqual({ kind: 'done' })
    void run('slow')
    await expect.poll(() => pids().length).toBe(4)
    runner.close()
    await expect.poll(() => pids().slice(2).flat().some(isAlive), { timeout: 10_000 }).toBe(false)
  })

  test('that cannot be run fails the run, and nothing else', async () => {
    const runner = new RunnerProcess(['/nonexistent/node'])
    const outcome = await runner.run({ program: '/bin/true', args: [], env: {}, limitMs: 1000 })
    expect(outcome).toMatchObject({ kind: 'failed', why: expect.stringContaining('its runner') })
    runner.close()
  })
})

describe('hooks', () => {
  const plan: HookPlan = {
    program: '/usr/local/bin/x',
    channels: ['device_state'],
    patterns: ['Custom:*'],
    concurrency: 2,
    timeLimitS: 7,
  }

  function setup(outcome: RunOutcome = { kind: 'done' }) {
    const [node, log, clock, runs] = [new FakeNode(), keptLog(), new VirtualClock(), [] as Run[]]
    let closed = 0
    const runner: ProgramRunner = {
      async run(run) {
        runs.push(run)
        return outcome
      },
      close: () => void (closed += 1),
    }
    const env = { PATH: '/bin', LAMPFIELD_KEY_FILE: '/secret', NOTIFY_SOCKET: '/run/x', LANG: 'C' }
    const hooks = new Hooks({ node, log, clock, runner, dataDirectory: '/data', env, plan })
    return { node, log, clock, runs, hooks, closed: () => closed }
  }

  test('run the program at changes that match, with arguments and environment', async () => {
    const { node, runs, hooks } = setup()
    node.change('device_state', 'Custom:a', 'INUSE', entityB)
    node.change('device_state', 'PJSIP/a', 'INUSE')
    node.change('mwi', 'Custom:a', { newMessages: 1, oldMessages: 0 })
    expect(runs).toEqual([
      {
        program: '/usr/local/bin/x',
        args: ['device_state', 'Custom:a', '', 'INUSE'],
        limitMs: 7000,
        env: {
          PATH: '/bin',
          LANG: 'C',
          HOOK_CHANNEL: 'device_state',
          HOOK_KEY: 'Custom:a',
          HOOK_BEFORE: '',
          HOOK_AFTER: 'INUSE',
          HOOK_ENTITY: '02:00:00:00:00:0b',
          HOOK_NODE: 'pbx-a',
          LAMPFIELD_DATA_DIR: '/data',
        },
      },
    ])
    expect(hooks.counts()).toMatchObject({ hook_runs: 1, hook_failures: 0 })
  })

  test('can get another plan while they run, and end', async () => {
    const { node, runs, hooks, closed } = setup()
    hooks.use({ ...plan, channels: ['mwi'], patterns: ['*'] })
    node.change('device_state', 'Custom:a', 'INUSE')
    node.change('mwi', '1@default', { newMessages: 1, oldMessages: 0 })
    expect(runs.map(({ args }) => args)).toEqual([['mwi', '1@default', '', '{"newMessages":1,"oldMessages":0}']])
    hooks.use(undefined)
    node.change('mwi', '2@default', { newMessages: 1, oldMessages: 0 })
    hooks.use(plan)
    hooks.close()
    node.change('device_state', 'Custom:a', 'BUSY')
    expect(runs).toHaveLength(1)
    expect(closed()).toBe(1)
  })

  test('tell failures in the log, not each of a thousand', async () => {
    const { node, log, clock, hooks } = setup({ kind: 'too-long', why: 'it took longer than 7 s and was ended' })
    for (let at = 0; at < 100; at += 1) {
      node.change('device_state', `Custom:${at}`, 'INUSE')
      await new Promise(setImmediate)
    }
    clock.advance(20_000)
    node.change('device_state', 'Custom:x', 'INUSE')
    await new Promise(setImmediate)
    expect(log.lines).toEqual([
      'error the hook /usr/local/bin/x failed at device_state Custom:0: it took longer than 7 s and was ended',
      'error the hook /usr/local/bin/x failed at device_state Custom:x: it took longer than 7 s and was ended (and 99 times more since the last such line)',
    ])
    expect(hooks.counts()).toMatchObject({ hook_runs: 101, hook_failures: 101, hook_timeouts: 101 })
  })
})
