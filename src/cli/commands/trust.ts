import type { Command } from 'commander'
import { Failure } from '../../runtime/failure.ts'
import { parseEntityId, type EntityId } from '../../state/entity-id.ts'
import { publicKeyOf } from '../../state/peer-id.ts'
import { clientOf } from '../client-of.ts'
import { addExamples, addListing } from '../listing.ts'
import type { Terminal } from '../terminal.ts'

/** `trust list|forget|pin`. */
export function addTrustCommands(program: Command, terminal: Terminal): void {
  const trust = program
    .command('trust')
    .summary("whose word is taken for which server's")
    .description(
      'Each server is bound to its key when it is first seen, and nobody else can speak for it. Where a server lost its data ' +
        'directory or was replaced, "trust forget" lets its new key in; each server decides for itself.',
    )
  addExamples(trust, ['trust list', 'trust forget 02:00:00:00:00:0b'])
  addListing(trust, terminal, {
    usage: 'list',
    summary: 'the key that each server is bound to here',
    examples: ['trust list', 'trust list --json'],
    rows: (client) => client.trust(),
    columns: [
      { title: 'ENTITY', text: ({ entity }) => entity },
      { title: 'NAME', text: ({ name }) => name ?? '-' },
      { title: 'STATUS', text: ({ standing }) => standing },
      { title: 'PEER', text: ({ peer }) => peer },
      {
        title: 'CLAIMED BY',
        text: ({ claimedBy }) => claimedBy ?? '-',
        colour: ({ claimedBy }) => (claimedBy === null ? undefined : 'red'),
      },
    ],
    empty: 'no other server was ever seen',
  })
  addForget(trust, terminal)
  addPin(trust, terminal)
}

function addForget(trust: Command, terminal: Terminal): void {
  const command = trust
    .command('forget <entity>')
    .summary('let the next key that speaks for a server in')
    .description('Forgets the key of a server, with its states; the next key that speaks for it is bound.')
  addExamples(command, ['trust forget 02:00:00:00:00:0b'])
  command.action(async (text: string) => {
    const entity = entityOf(text)
    const known = await (await clientOf(terminal, command.optsWithGlobals())).forgetTrust(entity)
    terminal.err(
      known
        ? `${entity} is forgotten here: the next key that speaks for it is bound`
        : `nothing is known of ${entity} here`,
    )
    if (!known) terminal.exitCode = 1
  })
}

function addPin(trust: Command, terminal: Terminal): void {
  const command = trust
    .command('pin <entity> <peer>')
    .summary('bind a server to a peer ID by hand')
    .description('Binds a server to a peer ID, seen or not, in place of whatever it is bound to.')
  addExamples(command, ['trust pin 02:00:00:00:00:0b 12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'])
  command.action(async (text: string, peer: string) => {
    const entity = entityOf(text)
    if (publicKeyOf(peer) === undefined) {
      throw new Failure('invalid-argument', `"${peer.slice(0, 60)}" is no peer ID: one as 12D3KooW… is wanted`)
    }
    await (await clientOf(terminal, command.optsWithGlobals())).pinTrust(entity, peer)
  })
}

function entityOf(text: string): EntityId {
  const read = parseEntityId(text)
  if (read.ok) return read.value
  throw new Failure('invalid-argument', read.reason)
}
