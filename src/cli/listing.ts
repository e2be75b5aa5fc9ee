import type { Command } from 'commander'
import type { ControlClient } from '../control/client.ts'
import { toJson } from '../control/json.ts'
import { clientOf, type ClientOptions } from './client-of.ts'
import { writeTable, type Column } from './table.ts'
import type { Terminal } from './terminal.ts'

export interface Listing<Row> {
  /** The command with its arguments, such as `devices [pattern]`. */
  readonly usage: string
  readonly summary: string
  /** Lines for the end of `--help`. */
  readonly examples: readonly string[]
  readonly rows: (client: ControlClient, argument: string | undefined) => Promise<readonly Row[]>
  readonly columns: readonly Column<Row>[]
  /** What is said where there are no rows. */
  readonly empty: string
  /** What is said beside the table: about the whole, not about a row. */
  readonly note?: (client: ControlClient) => Promise<string | undefined>
  /** What `--json` prints, where it is not the rows. */
  readonly json?: (rows: readonly Row[]) => unknown
}

/** A command that asks the node for rows and shows them, as a table or with `--json` as they are. */
export function addListing<Row>(program: Command, terminal: Terminal, listing: Listing<Row>): void {
  const command = program.command(listing.usage).summary(listing.summary).description(sentence(listing.summary))
  command.option('--json', 'print JSON')
  addExamples(command, listing.examples)
  command.action(async (...given: readonly unknown[]) => {
    const [first] = given
    const options = command.optsWithGlobals<ClientOptions>()
    const client = await clientOf(terminal, options)
    const rows = await listing.rows(client, typeof first === 'string' ? first : undefined)
    if (options.json === true) {
      terminal.out(toJson(listing.json?.(rows) ?? rows, 2))
      return
    }
    if (rows.length === 0) terminal.err(listing.empty)
    else writeTable(terminal, listing.columns, rows)
    const note = await listing.note?.(client)
    if (note !== undefined) terminal.err(note)
  })
}

/** Shows examples at the end of a command's help. */
export function addExamples(command: Command, examples: readonly string[]): void {
  const title = examples.length === 1 ? 'Example:' : 'Examples:'
  command.addHelpText('after', `\n${title}\n${examples.map((example) => `  $ lampfield ${example}`).join('\n')}`)
}

const sentence = (summary: string): string => `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`
