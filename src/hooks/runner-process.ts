import { spawn, type ChildProcess } from 'node:child_process'
import type { RunAnswer, RunRequest } from './run-service.ts'
import type { Run, RunOutcome } from './run-program.ts'

/** Runs programs: the port between the hooks and the runner. */
export interface ProgramRunner {
  /** Never rejects. */
  run(run: Run): Promise<RunOutcome>
  /** Ends what runs, at once. */
  close(): void
}

/** The command line of the runner: an executable and its arguments. */
export type RunnerCommand = readonly [string, ...string[]]

/** The runner as a process: begun with the first run, and again after it died. */
export class RunnerProcess implements ProgramRunner {
  readonly #command: RunnerCommand
  readonly #pending = new Map<number, (outcome: RunOutcome) => void>()
  #child: ChildProcess | undefined
  #lastId = 0

  constructor(command: RunnerCommand) {
    this.#command = command
  }

  run(run: Run): Promise<RunOutcome> {
    return new Promise((resolve) => {
      const request: RunRequest = { id: (this.#lastId += 1), run }
      this.#pending.set(request.id, resolve)
      const child = (this.#child ??= this.#begin())
      child.send(request, (error) => {
        if (error !== null) this.#settle(request.id, { kind: 'failed', why: `its runner is gone: ${error.message}` })
      })
    })
  }

  close(): void {
    const child = this.#child
    this.#child = undefined
    // It notices by itself, and ends its programs first.
    if (child?.connected === true) child.disconnect()
  }

  #begin(): ChildProcess {
    const [executable, ...args] = this.#command
    // A session of its own: Ctrl-C in the node's terminal is for the node, which then says farewell.
    const child = spawn(executable, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    child.on('message', (message: unknown) => {
      const { id, outcome } = message as RunAnswer
      this.#settle(id, outcome)
    })
    const onEnd = (why: string): void => {
      if (this.#child === child) this.#child = undefined
      for (const id of this.#pending.keys()) this.#settle(id, { kind: 'failed', why })
    }
    child.on('error', (error) => onEnd(`its runner cannot be run: ${error.message}`))
    child.on('exit', (code, signal) => onEnd(`its runner ended: ${signal ?? `exit code ${code}`}`))
    return child
  }

  #settle(id: number, outcome: RunOutcome): void {
    const settle = this.#pending.get(id)
    this.#pending.delete(id)
    settle?.(outcome)
  }
}
