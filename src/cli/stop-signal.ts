import type { Terminal } from './terminal.ts'

export interface StopSignal {
  /** Fires when the process is asked to end (SIGTERM, SIGINT; SIGHUP where a person's terminal went away). */
  readonly signal: AbortSignal
  /** No longer listens: the process then ends at a signal as any does. */
  release(): void
}

/** Exit codes of a process that a signal ended, as shells give them: 128 and the signal's number. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

/** Turns the signals that ask a process to end into an `AbortSignal`. A second one ends the process at once. */
export function stopSignal(terminal: Terminal): StopSignal {
  if (terminal.signal !== undefined) return { signal: terminal.signal, release() {} }
  const controller = new AbortController()
  const onSignal = (name: 'SIGHUP' | 'SIGINT' | 'SIGTERM'): void => {
    if (controller.signal.aborted) process.exit(exitCodes[name])
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  if (terminal.screen !== undefined) process.on('SIGHUP', onSignal)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
      process.off('SIGHUP', onSignal)
    },
  }
}
