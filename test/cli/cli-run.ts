import { Readable } from 'node:stream'
import { run } from '../../src/cli/program.ts'
import type { Screen } from '../../src/cli/terminal.ts'

export interface CliResult {
  readonly code: number
  readonly out: string
  readonly err: string
}

export interface CliSurroundings {
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  readonly colour?: boolean
  /** What is piped in; nothing by default. */
  readonly input?: NodeJS.ReadableStream
  readonly screen?: Screen
  /** Called with each line of the output as it is written. */
  readonly onOut?: (line: string) => void
}

/** Runs a command line in this process, with a terminal that keeps what was written. */
export async function cli(args: readonly string[], surroundings: CliSurroundings = {}): Promise<CliResult> {
  const [out, err]: [string[], string[]] = [[], []]
  const code = await run(args, {
    env: surroundings.env ?? {},
    colour: surroundings.colour ?? false,
    signal: surroundings.signal,
    exitCode: 0,
    input: surroundings.input ?? Readable.from([]),
    screen: surroundings.screen,
    out(line) {
      out.push(line)
      surroundings.onOut?.(line)
    },
    err: (line) => void err.push(line),
  })
  return { code, out: out.join('\n'), err: err.join('\n') }
}
