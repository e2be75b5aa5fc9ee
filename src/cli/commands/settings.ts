import type { Command } from 'commander'
import { addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `settings`. */
export function addSettingCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'settings',
    summary: 'what is set in the running node, and where each value came from',
    examples: ['settings', 'settings --json'],
    rows: (client) => client.settings(),
    columns: [
      { title: 'SETTING', text: ({ name }) => name },
      { title: 'VALUE', text: ({ value }) => settingText(value) },
      { title: 'FROM', text: ({ source }) => source },
    ],
    empty: 'nothing is set',
  })
}

function settingText(value: unknown): string {
  if (value === null || value === '') return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(settingText).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}
