import type { Command } from 'commander'
import { addListing } from '../listing.ts'
import { standingColour } from '../colours.ts'
import { durationText } from '../text.ts'
import type { Terminal } from '../terminal.ts'

/** `members`. */
export function addMemberCommands(program: Command, terminal: Terminal): void {
  addListing(program, terminal, {
    usage: 'members',
    summary: 'who is in the cluster, in the eyes of this node',
    examples: ['members', 'members --json'],
    rows: (client) => client.members(),
    columns: [
      { title: 'ENTITY', text: ({ entity }) => entity },
      { title: 'NAME', text: ({ name }) => name },
      { title: 'STATUS', text: ({ status }) => status, colour: ({ status }) => standingColour(status) },
      { title: 'FOR', text: ({ statusForMs }) => durationText(statusForMs), right: true },
      { title: 'HEARD', text: ({ heardAgoMs }) => `${durationText(heardAgoMs)} ago`, right: true },
      { title: 'LINK', text: ({ status, connected }) => (status === 'self' ? '-' : connected ? 'up' : 'none') },
      {
        title: 'RTT',
        text: ({ roundTripMs }) => (roundTripMs === null ? '-' : `${roundTripMs.toFixed(1)} ms`),
        right: true,
      },
      { title: 'ENTRIES', text: ({ entries }) => String(entries), right: true },
      { title: 'ALARMS', text: ({ alarms }) => alarms.join('; '), colour: () => 'red' },
    ],
    empty: 'no members',
    note: async (client) => {
      const { keyed, cluster } = await client.node()
      return keyed ? undefined : `cluster "${cluster}" is open: anyone on the network may join and write`
    },
  })
}
