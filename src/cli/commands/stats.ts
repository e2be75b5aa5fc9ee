import type { Command } from 'commander'
import { addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `stats`. */
export function addStatCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'stats',
    summary: 'what the node counted since its start',
    examples: ['stats', 'stats --json'],
    rows: async (client) => Object.entries(await client.stats()),
    columns: [
      { title: 'NAME', text: ([name]) => name },
      { title: 'VALUE', text: ([, value]) => String(value), right: true },
    ],
    empty: 'nothing was counted',
    json: (rows) => Object.fromEntries(rows),
  })
}
