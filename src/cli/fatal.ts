import { printable } from './text.ts'
import type { Terminal } from './terminal.ts'

/**
 * Ends the process with one clear line at an error that nobody caught: after it the node's state cannot be trusted, and the others see a
 * dead node within seconds. Returns what takes the guard away again.
 */
export function guardProcess(terminal: Terminal, output: { flushSync(): void }): () => void {
  const onError = (error: unknown): void => {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    try {
      output.flushSync()
    } catch {
      // The log cannot be written; the line below still can.
    }
    terminal.err(printable(`lampfield: fatal: ${message}`))
    if (terminal.env['LAMPFIELD_LOG_LEVEL'] === 'debug' && error instanceof Error) terminal.err(error.stack ?? '')
    process.exit(1)
  }
  process.on('uncaughtException', onError)
  process.on('unhandledRejection', onError)
  return () => {
    process.off('uncaughtException', onError)
    process.off('unhandledRejection', onError)
  }
}
