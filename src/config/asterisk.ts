import { isIP } from 'node:net'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { readPlace, type HttpAddress } from './address.ts'
import { clip } from './clip.ts'
import type { ConfEntry } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import { readWord } from './setting.ts'
import { sharedExpressionFault } from './shared-expression.ts'
import { sourceText, type Fault, type Source } from './source.ts'

/** The `[asterisk]` section, read. */
export interface AsteriskSettings {
  readonly mode: 'bridge' | 'observe'
  /** Where Asterisk's requests are awaited. */
  readonly sipListen: HttpAddress
  /** Where Asterisk is. */
  readonly asterisk: HttpAddress
  readonly transport: 'udp' | 'tcp'
  readonly name: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
  /** Regular expressions. */
  readonly devicesIn: string | undefined
  readonly devicesOut: string | undefined
  readonly mailboxesIn: string | undefined
  readonly mailboxesOut: string | undefined
  readonly departedMailboxes: 'keep' | 'clear'
}

/** One setting of the section. */
export interface AsteriskSetting {
  readonly usual: string
  readonly description: string
  readonly read: (text: string) => Parsed<unknown>
}

const filter = (description: string): AsteriskSetting => ({ usual: 'none', description, read: readExpression })

type SettingName =
  | 'mode'
  | 'sip_listen'
  | 'asterisk'
  | 'transport'
  | 'name'
  | 'username'
  | 'password'
  | 'devices_in'
  | 'devices_out'
  | 'mailboxes_in'
  | 'mailboxes_out'
  | 'departed_mailboxes'

/** Every setting of the section, in the order of the sample. */
export const asteriskTable: Readonly<Record<SettingName, AsteriskSetting>> = {
  mode: {
    usual: 'off',
    description:
      'off; bridge to exchange states with the local Asterisk; or observe to listen to it and compare, and tell it nothing.',
    read: readWord(['off', 'bridge', 'observe']),
  },
  sip_listen: {
    usual: '127.0.0.1:5070',
    description: "Where this node awaits Asterisk's requests, by UDP and TCP.",
    read: readSipAddress,
  },
  asterisk: {
    usual: '127.0.0.1:5060',
    description: 'Where Asterisk is: the address of one of its pjsip transports.',
    read: readSipAddress,
  },
  transport: { usual: 'udp', description: 'What both sides send over: udp or tcp.', read: readWord(['udp', 'tcp']) },
  name: {
    usual: 'lampfield',
    description: 'The name of the sections in pjsip.conf.',
    read: readName,
  },
  username: {
    usual: 'none',
    description: 'With password: the credentials that Asterisk wants from this node, if it wants any.',
    read: readSecret,
  },
  password: { usual: 'none', description: 'The password beside username.', read: readSecret },
  devices_in: filter(
    'Only devices that match this regular expression are taken from Asterisk, as in its own filters: without regard to case, anywhere in the name.',
  ),
  devices_out: filter('Only devices that match it are told to Asterisk.'),
  mailboxes_in: filter('Only mailboxes that match it are taken from Asterisk.'),
  mailboxes_out: filter('Only mailboxes that match it are told to Asterisk.'),
  departed_mailboxes: {
    usual: 'keep',
    description:
      'What Asterisk is told of the mailboxes of a server that went away: keep leaves them as they were, clear empties them.',
    read: readWord(['keep', 'clear']),
  },
}

const names = Object.keys(asteriskTable) as SettingName[]

/** One setting of the section as a listing shows it. */
export interface AsteriskView {
  readonly name: string
  readonly value: string
  readonly source: string
}

/** Every setting of a section without faults, as `asterisk.mode`. The password is shown to nobody. */
export function asteriskViews(entries: readonly ConfEntry[]): AsteriskView[] {
  return names.map((name) => {
    const entry = entries.find(({ key }) => key === name)
    const value = entry?.value ?? asteriskTable[name].usual
    const shown = name === 'password' && value !== 'none' ? 'hidden' : value
    return { name: `asterisk.${name}`, value: shown, source: sourceText(entry?.source ?? { kind: 'default' }) }
  })
}

/** Reads `[asterisk]`; undefined where the mode is off. */
export function readAsterisk(entries: readonly ConfEntry[], faults: Fault[]): AsteriskSettings | undefined {
  const before = faults.length
  const values = new Map<string, { readonly value: unknown; readonly source: Source }>()
  for (const { key, value: text, source } of entries) {
    const name = names.find((known) => known === key)
    if (name === undefined) {
      const meant = didYouMean(key, names) || `: ${names.join(', ')} are`
      faults.push({ source, sentence: `"${clip(key)}" is no setting of [asterisk]${meant}` })
    } else if (values.has(key)) faults.push({ source, sentence: 'this is set a second time: keep one line' })
    else {
      const read =
        text === ''
          ? unparsed(`it has no value, such as ${key} = ${asteriskTable[name].usual}`)
          : asteriskTable[name].read(text)
      if (!read.ok) faults.push({ source, sentence: `${key}: ${read.reason}` })
      else values.set(key, { value: read.value, source })
    }
  }
  checkTogether(values, faults)
  if (faults.length > before) return undefined
  const valueOf = (name: SettingName): unknown => {
    const given = values.get(name)
    if (given !== undefined) return given.value
    const usual = asteriskTable[name].read(asteriskTable[name].usual)
    return usual.ok ? usual.value : undefined
  }
  if (valueOf('mode') === 'off') return undefined
  const username = valueOf('username')
  // The table has a reader of the right type for each name.
  return {
    mode: valueOf('mode') as AsteriskSettings['mode'],
    sipListen: valueOf('sip_listen') as HttpAddress,
    asterisk: valueOf('asterisk') as HttpAddress,
    transport: valueOf('transport') as AsteriskSettings['transport'],
    name: valueOf('name') as string,
    credentials:
      username === undefined ? undefined : { username: username as string, password: valueOf('password') as string },
    devicesIn: valueOf('devices_in') as string | undefined,
    devicesOut: valueOf('devices_out') as string | undefined,
    mailboxesIn: valueOf('mailboxes_in') as string | undefined,
    mailboxesOut: valueOf('mailboxes_out') as string | undefined,
    departedMailboxes: valueOf('departed_mailboxes') as AsteriskSettings['departedMailboxes'],
  }
}

function checkTogether(
  values: ReadonlyMap<string, { readonly value: unknown; readonly source: Source }>,
  faults: Fault[],
): void {
  const [username, password] = [values.get('username'), values.get('password')]
  const alone = username?.value !== undefined ? (password?.value === undefined ? username : undefined) : password
  if (alone?.value !== undefined) {
    faults.push({ source: alone.source, sentence: 'username and password belong together: set both or neither' })
  }
  const [listen, asterisk] = [values.get('sip_listen'), values.get('asterisk')]
  const text = (place: unknown): string => JSON.stringify(place)
  const usual = (name: 'sip_listen' | 'asterisk'): unknown => {
    const read = asteriskTable[name].read(asteriskTable[name].usual)
    return read.ok ? read.value : undefined
  }
  if (text(listen?.value ?? usual('sip_listen')) === text(asterisk?.value ?? usual('asterisk'))) {
    const source = (listen ?? asterisk)?.source
    const sentence =
      'sip_listen and asterisk are the same address: one is for this node, the other is where Asterisk is'
    if (source !== undefined) faults.push({ source, sentence })
  }
}

function readSipAddress(text: string): Parsed<HttpAddress> {
  const place = readPlace(text)
  const right = 'such as 127.0.0.1:5060 is wanted'
  if (place === undefined || place.port === 0) return unparsed(`"${clip(text)}" is no address for SIP: ${right}`)
  if (place.host === 'localhost') return parsed({ host: '127.0.0.1', port: place.port })
  if (isIP(place.host) === 0) return unparsed(`"${clip(place.host)}" is no IP address: ${right}`)
  if (/^(0\.0\.0\.0|[0:]+)$/.test(place.host)) {
    return unparsed(
      `"${clip(text)}" means every address of this machine, and each side must know the other's: ${right}`,
    )
  }
  return parsed({ host: place.host, port: place.port })
}

function readName(text: string): Parsed<string> {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(text)) return parsed(text)
  return unparsed(`"${clip(text)}" cannot name sections of pjsip.conf: up to 32 letters, digits, - and _ are wanted`)
}

function readSecret(text: string): Parsed<string | undefined> {
  if (text === 'none') return parsed(undefined)
  return /^[!-~]{1,64}$/.test(text) ? parsed(text) : unparsed('up to 64 ASCII characters without blanks are wanted')
}

function readExpression(text: string): Parsed<string | undefined> {
  if (text === 'none') return parsed(undefined)
  try {
    void new RegExp(text, 'i')
  } catch (error) {
    return unparsed(`"${clip(text)}" is no regular expression: ${(error as Error).message.replace(/^.*: /, '')}`)
  }
  const fault = sharedExpressionFault(text)
  return fault === undefined ? parsed(text) : unparsed(`Asterisk would read "${clip(text)}" otherwise: ${fault}`)
}
