import { createInterface, type Interface } from 'node:readline/promises'
import type { NodeView } from '../../control/shapes.ts'
import { Failure } from '../../runtime/failure.ts'
import type { Terminal } from '../terminal.ts'
import { printable } from '../text.ts'
import { historyMax, readHistory, writeHistory } from './history.ts'
import type { Interpreter } from './interpreter.ts'

/** Reads lines and runs them, until `exit`, the end of the input, or Ctrl-C on an empty line. Resolves with whether the last one did well. */
export async function runConsole(terminal: Terminal, interpreter: Interpreter, node: NodeView): Promise<boolean> {
  const { input, screen } = terminal
  const isTyped = screen !== undefined
  const lines = createInterface({
    input,
    ...(isTyped ? { output: screen.output } : {}),
    terminal: isTyped,
    completer: (line: string) => completed(interpreter, line),
    history: isTyped ? await readHistory(node.dataDirectory) : [],
    historySize: historyMax,
    removeHistoryDuplicates: true,
    prompt: `${printable(node.name)}*CLI> `,
  })
  const stop = (): void => lines.close()
  terminal.signal?.addEventListener('abort', stop)
  if (isTyped) {
    terminal.out(
      `Connected to Lampfield ${node.version} currently running on ${printable(node.name)} (pid = ${node.pid})`,
    )
    lines.on('SIGINT', () => leaveOrClear(lines))
    lines.on('history', (history) => void writeHistory(node.dataDirectory, history))
  }
  try {
    return await readLines(terminal, lines, interpreter, isTyped)
  } finally {
    terminal.signal?.removeEventListener('abort', stop)
    lines.close()
  }
}

/** A word that is the only one possible is followed by a blank, as in Asterisk and in a shell; `readline` leaves that to us. */
async function completed(interpreter: Interpreter, line: string): Promise<[string[], string]> {
  const [words, partial] = await interpreter.complete(line)
  return [words.length === 1 ? words.map((word) => `${word} `) : words, partial]
}

async function readLines(
  terminal: Terminal,
  lines: Interface,
  interpreter: Interpreter,
  isTyped: boolean,
): Promise<boolean> {
  let isGood = true
  if (isTyped) lines.prompt()
  for await (const line of lines) {
    if (/^\s*(exit|quit)\s*$/i.test(line)) break
    isGood = await interpreter.run(line).catch((error: unknown) => {
      // A node that was stopped, or a name that is none, ends the command and not the console.
      if (!Failure.is(error)) throw error
      terminal.err(`lampfield: ${printable(error.message)}`)
      return false
    })
    if (isTyped) lines.prompt()
  }
  return isGood
}

function leaveOrClear(lines: Interface): void {
  if (lines.line === '') {
    lines.close()
    return
  }
  // Ctrl-E and Ctrl-U: to the end of the line, and everything before it away.
  lines.write(null, { ctrl: true, name: 'e' })
  lines.write(null, { ctrl: true, name: 'u' })
}
