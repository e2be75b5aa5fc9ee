import { spawn, type ChildProcess } from 'node:child_process'
import type { Clock } from '../runtime/clock.ts'

/** One run of a program. */
export interface Run {
  readonly program: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Milliseconds after which it is told to end. */
  readonly limitMs: number
}

/** How a run ended. `why`: as a sentence, with what the program wrote to its standard error. */
export type RunOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'too-long'; readonly why: string }

/** A program that was told to end has so long to do it. */
const graceMs = 2000

/** After its end the rest of what it wrote is waited for so long. */
const closeMaxMs = 1000

/** Characters of the standard error that are kept. */
const complaintMax = 500

/** A run that goes on. */
export interface RunningProgram {
  readonly ended: Promise<RunOutcome>
  /** Ends it and what it started, at once. */
  kill(): void
}

/**
 * Runs a program without a shell, in a process group of its own, so that what it starts can be ended with it. Past its limit the group gets
 * SIGTERM, and SIGKILL two seconds later. What it leaves in the background ends with it: it would escape every bound.
 */
export function runProgram({ program, args, env, limitMs }: Run, clock: Clock): RunningProgram {
  let child: ChildProcess
  try {
    child = spawn(program, args, { cwd: '/', detached: true, env, stdio: ['ignore', 'ignore', 'pipe'] })
  } catch (error) {
    const why = `it could not be run: ${(error as Error).message}`
    return { ended: Promise.resolve({ kind: 'failed', why }), kill() {} }
  }
  let complaint = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, complaintMax)
  })
  let isTooLong = false
  let cancel = clock.after(limitMs, () => {
    isTooLong = true
    signalGroup(child, 'SIGTERM')
    cancel = clock.after(graceMs, () => signalGroup(child, 'SIGKILL'))
  })
  const ended = new Promise<RunOutcome>((resolve) => {
    child.on('error', (error) => {
      cancel()
      resolve({ kind: 'failed', why: `it could not be run: ${error.message}` })
    })
    child.on('exit', () => {
      cancel()
      signalGroup(child, 'SIGKILL')
      // Whoever left the group may hold the standard error for ever.
      cancel = clock.after(closeMaxMs, () => child.stderr?.destroy())
    })
    child.on('close', (code, signal) => {
      cancel()
      const said = complaint.trim() === '' ? '' : `: ${complaint.trim()}`
      if (isTooLong) resolve({ kind: 'too-long', why: `it took longer than ${limitMs / 1000} s and was ended${said}` })
      else if (code === 0) resolve({ kind: 'done' })
      else resolve({ kind: 'failed', why: `it ended with ${code === null ? signal : `exit code ${code}`}${said}` })
    })
  })
  return { ended, kill: () => signalGroup(child, 'SIGKILL') }
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // Nobody of the group is left.
  }
}
