import type { ControlClient } from '../../control/client.ts'

/** What a console command works with. */
export interface Session {
  readonly client: ControlClient
  /** Writes a line; control characters in it are made visible. */
  readonly out: (line: string) => void
}

/** How a console command ended: `usage` shows its usage, as Asterisk does. */
export type Outcome = 'done' | 'usage' | 'failed'

/** A command in Asterisk's words. */
export interface ConsoleCommand {
  /** As it is typed, such as `core show hints`. */
  readonly words: string
  /** Other words for the same. */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** What follows `Usage: `. */
  readonly usage: string
  run(session: Session, args: readonly string[]): Promise<Outcome>
  /** What may stand behind the arguments that are there. */
  complete?(session: Session, args: readonly string[]): Promise<readonly string[]>
}
