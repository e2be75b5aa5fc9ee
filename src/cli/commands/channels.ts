import type { Command } from 'commander'
import { addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `channels`. */
export function addChannelCommands(program: Command, terminal: Terminal): void {
  const yes = (does: boolean): string => (does ? 'yes' : 'no')
  addListing(program, terminal, {
    usage: 'channels',
    summary: 'the event channels of this node: what it publishes and subscribes, and how many members do',
    examples: ['channels', 'channels --json'],
    rows: (client) => client.channels(),
    columns: [
      { title: 'CHANNEL', text: ({ channel }) => channel },
      { title: 'PUBLISH', text: ({ publish }) => yes(publish) },
      { title: 'SUBSCRIBE', text: ({ subscribe }) => yes(subscribe) },
      { title: 'KEYS', text: ({ keys }) => String(keys), right: true },
      { title: 'OWN', text: ({ ownEntries }) => String(ownEntries), right: true },
      { title: 'PUBLISHERS', text: ({ publishers }) => String(publishers), right: true },
      { title: 'SUBSCRIBERS', text: ({ subscribers }) => String(subscribers), right: true },
    ],
    empty: 'this node takes part in no event channel',
  })
}
