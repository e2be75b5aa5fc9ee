import type { Clock } from '../runtime/clock.ts'
import { runProgram, type Run, type RunningProgram, type RunOutcome } from './run-program.ts'

/** What the node asks its runner, and what the runner answers: over the IPC channel of Node.js. */
export interface RunRequest {
  readonly id: number
  readonly run: Run
}
export interface RunAnswer {
  readonly id: number
  readonly outcome: RunOutcome
}

/** The side of the process that the runner talks to. */
export type RunChannel = Pick<NodeJS.Process, 'on' | 'send'>

/**
 * Runs programs for a node, in a small process of its own: starting a program from the node would stop the node for as long as the
 * kernel copies its page tables (measured: 27 ms with 250 MB, on a busy machine). Resolves when the node is gone, and nothing it ran is left.
 */
export function serveRuns(channel: RunChannel, clock: Clock): Promise<void> {
  const running = new Set<RunningProgram>()
  channel.on('message', (message: unknown) => {
    // Only the node that made this process can write to its channel.
    const { id, run } = message as RunRequest
    const program = runProgram(run, clock)
    running.add(program)
    void program.ended.then((outcome) => {
      running.delete(program)
      const answer: RunAnswer = { id, outcome }
      // The node may be gone by now; its absence ends this process anyway.
      channel.send?.(answer, undefined, undefined, () => {})
    })
  })
  return new Promise((resolve) => {
    channel.on('disconnect', () => {
      for (const program of running) program.kill()
      resolve()
    })
  })
}
