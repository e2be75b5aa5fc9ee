import type { Command } from 'commander'
import { addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `hints`. */
export function addHintCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'hints',
    summary: 'extensions, the devices they show, and what a phone that watches one sees',
    examples: ['hints', 'hints --json'],
    rows: (client) => client.hints(),
    columns: [
      { title: 'EXTENSION', text: ({ extension }) => extension },
      { title: 'DEVICES', text: ({ devices }) => devices.map(({ name }) => name).join('&') },
      { title: 'STATE', text: ({ state }) => state, colour: ({ code }) => hintColour(code) },
      { title: 'WATCHERS', text: ({ watchers }) => String(watchers), right: true },
    ],
    empty: 'no hints are set: see `lampfield config sample`',
  })
}

/** By Asterisk's number of the extension state. */
function hintColour(code: number): 'green' | 'red' | 'yellow' | 'cyan' | 'dim' {
  if (code === 0) return 'green'
  if (code === 4) return 'dim'
  if (code === 16) return 'cyan'
  return code >= 8 ? 'yellow' : 'red'
}
