import type { MemberShape } from '../../control/shapes.ts'
import type { ConsoleCommand, Session } from './session.ts'

const line = '='.repeat(61)
const thin = `=== ${'-'.repeat(57)}`

/** `clm show members` and `evt show event channels`, in the layouts of Asterisk 1.6.1 (`res/ais`). */
export const clusterCommands: readonly ConsoleCommand[] = [
  {
    words: 'clm show members',
    aliases: ['ais clm show members', 'corosync show members'],
    summary: 'List current members of the cluster',
    usage: 'clm show members\n       List members of the cluster, this node included.',
    async run(session, args) {
      if (args.length > 0) return 'usage'
      const members = await session.client.members()
      head(session, 'Cluster Members')
      for (const member of members) {
        session.out(thin)
        session.out(`=== Node Name: ${member.name}`)
        session.out(`=== ==> ID: 0x${member.entity.replaceAll(':', '')}`)
        session.out(`=== ==> Address: ${addressOf(member)}`)
        session.out(`=== ==> Member: ${member.status === 'down' || member.status === 'left' ? 'No' : 'Yes'}`)
        foot(session)
      }
      session.out(line)
      session.out('')
      return 'done'
    },
  },
  {
    words: 'evt show event channels',
    aliases: ['ais evt show event channels'],
    summary: 'Show configured event channels',
    usage: 'evt show event channels\n       List the event channels that this node publishes or subscribes.',
    async run(session, args) {
      if (args.length > 0) return 'usage'
      const channels = await session.client.channels()
      head(session, 'Event Channels')
      for (const { channel, publish, subscribe } of channels) {
        session.out(thin)
        session.out(`=== Event Channel Name: ${channel}`)
        if (publish) session.out(`=== ==> Publishing Event Type: ${channel}`)
        if (subscribe) session.out(`=== ==> Subscribing to Event Type: ${channel}`)
        foot(session)
      }
      session.out(line)
      session.out('')
      return 'done'
    },
  },
]

function head({ out }: Session, title: string): void {
  for (const text of ['', line, `=== ${title} `.padEnd(line.length, '='), line, '===']) out(text)
}

function foot({ out }: Session): void {
  out(thin)
  out('===')
}

/** The host and port of the first address, as the layout has it: `10.19.2.255:4001` of `/ip4/10.19.2.255/tcp/4001`. */
function addressOf({ addresses: [first] }: MemberShape): string {
  const [, host, port] = /^\/[^/]+\/([^/]+)\/tcp\/(\d+)/.exec(first ?? '') ?? []
  if (host === undefined) return first ?? '(unknown)'
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
