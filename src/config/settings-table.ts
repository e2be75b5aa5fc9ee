import { join, resolve } from 'node:path'
import { logLevels, type LogLevel } from '../runtime/log.ts'
import { parseEntityId, type EntityId } from '../state/entity-id.ts'
import { keyFault } from '../state/key.ts'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { readHttpAddress, readListenAddress, readPeerAddress, type HttpAddress } from './address.ts'
import { clip } from './clip.ts'
import { peerIdOf, publicKeyOf, type PeerId } from '../state/peer-id.ts'
import { readBoolean, readWholeNumber, readWord, type SettingOf, type Surroundings } from './setting.ts'

/** All settings, read. */
export interface Settings {
  readonly cluster: string
  /** Undefined: kept from before, else from a network interface. */
  readonly entityId: EntityId | undefined
  readonly name: string
  /** An absolute path. */
  readonly dataDir: string
  /** Multiaddresses. */
  readonly listen: readonly string[]
  /** Multiaddresses, with or without a peer ID. */
  readonly peer: readonly string[]
  /** Peer IDs that may take part; empty: whoever has the key. */
  readonly peers: readonly PeerId[]
  readonly mdns: boolean
  /** An absolute path; undefined: an open cluster. */
  readonly keyFile: string | undefined
  readonly http: HttpAddress | undefined
  /** An absolute path; undefined: HTTP asks for no token. */
  readonly httpTokenFile: string | undefined
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly coalesceMs: number
  readonly heartbeatMs: number
  readonly forgetAfterS: number
}

export type SettingName = keyof Settings

const logFormats = ['auto', 'pretty', 'json'] as const
export type LogFormat = (typeof logFormats)[number]

/** The value of each setting where nothing is set, as one would write it: `auto` is found out, `none` is nothing. */
export const defaults: Readonly<Record<SettingName, string>> = Object.freeze({
  cluster: 'lampfield',
  entityId: 'auto',
  name: 'auto',
  dataDir: 'auto',
  listen: '0.0.0.0:0',
  peer: 'none',
  peers: 'none',
  mdns: 'yes',
  keyFile: 'none',
  http: 'none',
  httpTokenFile: 'none',
  logLevel: 'info',
  logFormat: 'auto',
  coalesceMs: '2',
  heartbeatMs: '1000',
  forgetAfterS: '86400',
})

/** The names go over the wire, which has the same bound (`protocol/limits.ts`). */
const nameBytesMax = 64

/** Every setting, in the order of the sample. */
export const settingsTable: { readonly [Name in SettingName]: SettingOf<Settings[Name]> } = {
  cluster: {
    placeholder: 'NAME',
    description: 'Nodes of one cluster name (and one cluster key) find each other and share their state.',
    isList: false,
    read: readName,
  },
  entityId: {
    placeholder: 'ID',
    description:
      'The six bytes that name this server in the cluster, such as 01:23:45:67:89:ab; auto keeps the one of the data directory, or takes the address of a network interface.',
    isList: false,
    read: (text) => (text === 'auto' ? parsed(undefined) : parseEntityId(text)),
  },
  name: {
    placeholder: 'NAME',
    description: 'What people call this node in listings; auto takes the host name.',
    isList: false,
    read: (text, { hostName }) => (text === 'auto' ? parsed(hostName) : readName(text)),
  },
  dataDir: {
    placeholder: 'DIRECTORY',
    description:
      'Where identity, keys and lasting states are kept, for one node only; auto is $XDG_STATE_HOME/lampfield or ~/.local/state/lampfield.',
    isList: false,
    read: (text, surroundings) =>
      text === 'auto' ? parsed(surroundings.defaultDataDirectory) : readPath(text, surroundings),
  },
  listen: {
    placeholder: 'HOST:PORT',
    description:
      'An address to listen on for other nodes, which may be given more than once; port 0 takes any free port.',
    isList: true,
    read: readListenAddress,
  },
  peer: {
    placeholder: 'HOST:PORT',
    description:
      'The address of a node to connect to where multicast does not reach, which may be given more than once.',
    isList: true,
    read: readPeerAddress,
  },
  peers: {
    placeholder: 'PEER-ID',
    description: 'The peer IDs that may take part, of all servers; with none, whoever has the cluster key may.',
    isList: true,
    read: readPeerId,
  },
  mdns: {
    placeholder: 'yes|no',
    description: 'Whether to find nodes on the local network by multicast DNS.',
    isList: false,
    read: readBoolean,
  },
  keyFile: {
    placeholder: 'FILE',
    description: 'The cluster key, made by "lampfield keygen"; with none, whoever reaches this node may join.',
    isList: false,
    read: (text, surroundings) => (text === 'none' ? parsed(undefined) : readPath(text, surroundings)),
  },
  http: {
    placeholder: 'HOST:PORT',
    description:
      'Where to serve the page, the HTTP interface and the metrics, such as 127.0.0.1:8088; any address but a loopback one needs http_token_file.',
    isList: false,
    read: (text) => (text === 'none' ? parsed(undefined) : readHttpAddress(text)),
  },
  httpTokenFile: {
    placeholder: 'FILE',
    description:
      'A file, readable by its owner only, with the token that HTTP asks for; browsers ask for it as a password.',
    isList: false,
    read: (text, surroundings) => (text === 'none' ? parsed(undefined) : readPath(text, surroundings)),
  },
  logLevel: {
    placeholder: logLevels.join('|'),
    description: 'How much to log.',
    isList: false,
    read: readWord(logLevels),
  },
  logFormat: {
    placeholder: logFormats.join('|'),
    description:
      'How to log: pretty is lines for people, coloured on a terminal only, and json one object a line; auto is json into the journal of systemd and pretty everywhere else.',
    isList: false,
    read: readWord(logFormats),
  },
  coalesceMs: {
    placeholder: 'MS',
    description: 'Changes that follow one another within this many milliseconds leave in one message.',
    isList: false,
    read: readWholeNumber(0, 1000, 'milliseconds'),
  },
  heartbeatMs: {
    placeholder: 'MS',
    description: 'Milliseconds between two heartbeats; a node is taken for dead after four of them.',
    isList: false,
    read: readWholeNumber(100, 60_000, 'milliseconds'),
  },
  forgetAfterS: {
    placeholder: 'S',
    description: 'Seconds until a node that is gone is forgotten with its states; at least 60 heartbeats.',
    isList: false,
    read: readWholeNumber(6, 31_536_000, 'seconds'),
  },
}

export const settingNames: readonly SettingName[] = Object.keys(settingsTable) as SettingName[]

/** `keyFile` in TypeScript is `key_file` in the file. */
export const fileNameOf = (name: SettingName): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** `keyFile` is `--key-file` on the command line. */
export const flagOf = (name: SettingName): string => `--${fileNameOf(name).replaceAll('_', '-')}`

/** `keyFile` is `LAMPFIELD_KEY_FILE` in the environment. */
export const variableOf = (name: SettingName): string => `LAMPFIELD_${fileNameOf(name).toUpperCase()}`

function readName(text: string): Parsed<string> {
  const fault = keyFault(text, nameBytesMax)
  return fault === undefined ? parsed(text) : unparsed(`"${clip(text)}" cannot be a name here: ${fault}`)
}

function readPeerId(text: string): Parsed<PeerId> {
  const publicKey = publicKeyOf(text)
  if (publicKey !== undefined) return parsed(peerIdOf(publicKey))
  return unparsed(`"${clip(text)}" is no peer ID: one as "lampfield members --json" shows it (12D3KooW…) is wanted`)
}

function readPath(text: string, { directory, home }: Surroundings): Parsed<string> {
  if (text.includes('\0')) return unparsed('a path has no zero byte')
  // In a file or an environment no shell stands before us that would know the tilde.
  return parsed(text === '~' || text.startsWith('~/') ? join(home, text.slice(1)) : resolve(directory, text))
}
