import type { Terminal } from './terminal.ts'

export interface Hangups {
  /** Calls back at each SIGHUP from now on; one that came before is not lost. */
  listen(callback: () => void): void
  /** No longer listens: the process then ends at a SIGHUP as any does. */
  release(): void
}

/** SIGHUP of a service, which asks it to read its configuration again. Before a person's terminal it means that the terminal went away. */
export function hangups(terminal: Terminal): Hangups {
  let callback: (() => void) | undefined
  let isPending = false
  const onHangup = (): void => {
    if (callback === undefined) isPending = true
    else callback()
  }
  const isService = terminal.signal === undefined && terminal.screen === undefined
  if (isService) process.on('SIGHUP', onHangup)
  return {
    listen(wanted) {
      callback = wanted
      if (isPending) wanted()
      isPending = false
    },
    release: () => void process.off('SIGHUP', onHangup),
  }
}
