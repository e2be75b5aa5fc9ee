import { printable } from './text.ts'

/** What a command reads from and writes to; tests give their own. */
export interface Terminal {
  readonly env: NodeJS.ProcessEnv
  /** Whether the output is read by a person on a terminal that has colours. */
  readonly colour: boolean
  /** Fires when the command should end, where it would go on by itself. */
  readonly signal: AbortSignal | undefined
  /** What the process will end with: 0 unless a command finds that something is not as it should be. */
  exitCode: number
  /** What is typed or piped in. */
  readonly input: NodeJS.ReadableStream
  /** Where a person sits before the terminal: both input and output are one. Undefined otherwise. */
  readonly screen: Screen | undefined
  /** Writes a line to the standard output. */
  out(line: string): void
  /** Writes a line to the standard error. */
  err(line: string): void
}

/** A terminal that can be drawn on. */
export interface Screen {
  readonly output: NodeJS.WritableStream
  /** Its size now; it may change at any time. */
  size(): { readonly columns: number; readonly rows: number }
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process
  const size = (): { columns: number; rows: number } => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 })
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // The reader has seen enough (`lampfield devices | head`): that is no failure.
      if (error.code === 'EPIPE') process.exit(0)
      throw error
    })
  }
  return {
    env,
    colour: stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    signal: undefined,
    exitCode: 0,
    // Opened only by who reads it: a service may have none.
    get input() {
      return process.stdin
    },
    get screen() {
      return process.stdin.isTTY && stdout.isTTY ? { output: stdout, size } : undefined
    },
    out: (line) => void stdout.write(`${line}\n`),
    err: (line) => void stderr.write(`${line}\n`),
  }
}

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1 }

export type Colour = keyof typeof codes

/** Text in a colour where the terminal has any; it is made printable first, so that what a peer sent cannot command the terminal. */
export function paint(terminal: Pick<Terminal, 'colour'>, colour: Colour | undefined, text: string): string {
  const plain = printable(text)
  return terminal.colour && colour !== undefined ? `\u001B[${codes[colour]}m${plain}\u001B[0m` : plain
}
