import type { LogLevel } from '../../runtime/log.ts'
import type { ConsoleCommand, Session } from './session.ts'

/** `core show settings`, `core set debug` and what is near them. */
export const coreCommands: readonly ConsoleCommand[] = [
  {
    words: 'core show settings',
    summary: 'Show some core settings',
    usage: 'core show settings\n       Show core misc settings',
    async run(session, args) {
      if (args.length > 0) return 'usage'
      await showSettings(session)
      return 'done'
    },
  },
  {
    words: 'core show version',
    summary: 'Display version info',
    usage: 'core show version\n       Shows the version of the running node.',
    async run(session, args) {
      if (args.length > 0) return 'usage'
      session.out(`Lampfield ${(await session.client.node()).version}`)
      return 'done'
    },
  },
  {
    words: 'core set debug',
    summary: 'Set level of debug messages',
    usage:
      'core set debug {<level>|off}\n' +
      '       Sets how much the running node logs: 0 or "off" is the level that is configured, any other tells each change and\n' +
      '       how it was added together.',
    async run(session, args) {
      const [text] = args
      const wanted = text?.toLowerCase() === 'off' ? 0 : Number(/^\d{1,3}$/.exec(text ?? '')?.[0])
      if (args.length !== 1 || Number.isNaN(wanted)) return 'usage'
      await setDebug(session, wanted)
      return 'done'
    },
    complete: async (_session, args) => (args.length > 0 ? [] : ['off', '0', '1']),
  },
]

/** `  Entity ID:                   01:23:45:67:89:ab` there: the value begins at column 31. */
const setting = (label: string, value: string): string => `${`  ${label}:`.padEnd(30)} ${value}`

async function showSettings({ client, out }: Session): Promise<void> {
  const [node, settings, { level }] = await Promise.all([client.node(), client.settings(), client.logLevel()])
  const group = (title: string): void => {
    for (const text of ['', `* ${title}`, '  -------------']) out(text)
  }
  out('')
  out('PBX Core settings')
  out('-----------------')
  out(setting('Version', `Lampfield ${node.version}`))
  out(setting('Debug level', String(debugNumber(level))))
  out(setting('Startup time', node.startedAt))
  out(setting('Process', String(node.pid)))
  out(setting('System name', node.name))
  out(setting('Entity ID', node.entity))
  group('Cluster')
  out(setting('Cluster', node.cluster))
  out(setting('Cluster key', node.keyed ? 'Yes' : 'No: anyone on the network may join'))
  out(setting('Peer ID', node.peer))
  for (const address of node.addresses) out(setting('Address', address.replace(/\/p2p\/.*/, '')))
  group('Directories')
  out(setting('Data directory', node.dataDirectory))
  group('Configuration')
  for (const { name, value, source } of settings) out(setting(name, `${valueText(value)}  (${source})`))
  out('')
}

function valueText(value: unknown): string {
  if (value === null || value === '') return '(none)'
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(String).join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

const debugNumber = (level: LogLevel): number => (level === 'debug' ? 1 : 0)

async function setDebug({ client, out }: Session, wanted: number): Promise<void> {
  const before = debugNumber((await client.logLevel()).level)
  const now = Math.min(wanted, 1)
  if (now !== before) await client.setLogLevel(now === 1 ? 'debug' : await usualLevel({ client }))
  const word = (number: number): string => (number === 0 ? 'OFF' : String(number))
  out(now === before ? `Core debug is still ${word(now)}.` : `Core debug was ${word(before)} and is now ${word(now)}.`)
  if (wanted > 1) out(`There is one level of debug messages here: ${wanted} is the same as 1.`)
}

/** What is logged without debugging: as configured, where that is less. */
async function usualLevel({ client }: Pick<Session, 'client'>): Promise<LogLevel> {
  const configured = (await client.settings()).find(({ name }) => name === 'log_level')?.value
  return configured === 'warn' || configured === 'error' ? configured : 'info'
}
