import { Readable } from 'node:stream'
import type { Terminal } from '../../src/cli/terminal.ts'

/** A terminal at which nobody sits and nothing is kept of what is written; `parts` are other than that. */
export function muteTerminal(parts: Partial<Terminal> = {}): Terminal {
  return {
    env: {},
    colour: false,
    signal: undefined,
    exitCode: 0,
    input: Readable.from([]),
    screen: undefined,
    out() {},
    err() {},
    ...parts,
  }
}
