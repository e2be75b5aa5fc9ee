import { homedir, hostname } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { ChannelRole } from '../state/announcement.ts'
import { isLoopbackAddress } from './address.ts'
import { asteriskViews, readAsterisk, type AsteriskSettings, type AsteriskView } from './asterisk.ts'
import { isEventEntry, readChannelRoles } from './channel-roles.ts'
import { clip } from './clip.ts'
import type { ConfFile } from './conf-file.ts'
import { configVariable } from './conf-lookup.ts'
import { defaultDataDirectory } from './data-directory.ts'
import { givenFor, itemsOf, type Flags, type Given, type Sources } from './given.ts'
import { readHints, type NamedHint } from './hints.ts'
import { readHooks, type HookSettings } from './hooks.ts'
import { readLatestDevices } from './latest-devices.ts'
import { didYouMean, nearestName } from './nearest-name.ts'
import { divideSections } from './sections.ts'
import type { Setting, Surroundings } from './setting.ts'
import {
  defaults,
  fileNameOf,
  settingNames,
  settingsTable,
  variableOf,
  type SettingName,
  type Settings,
} from './settings-table.ts'
import { sourceText, type Fault, type Reading, type Source } from './source.ts'

/** Everything that is configured. */
export interface Configuration {
  readonly settings: Settings
  /** Where each setting came from; for a list, its first value. */
  readonly sources: Readonly<Record<SettingName, Source>>
  readonly channels: readonly ChannelRole[]
  readonly hints: readonly NamedHint[]
  /** Patterns of devices whose latest entry counts, instead of Asterisk's aggregation. */
  readonly latestDevices: readonly string[]
  readonly hooks: HookSettings | undefined
  /** The bridge to the local Asterisk; undefined where there is none. */
  readonly asterisk: AsteriskSettings | undefined
  /** Its settings as they were given, for a listing. */
  readonly asteriskViews: readonly AsteriskView[]
  /** What was understood and has no effect: to be told, and no reason to stop. */
  readonly notices: readonly Fault[]
}

/** Where settings may stand. */
export interface SettingsInput {
  readonly flags: Flags
  readonly env: Readonly<Record<string, string | undefined>>
  readonly file: ConfFile | undefined
}

/** What the machine says of itself: an argument, so that tests have their own. */
export interface Machine {
  readonly home: string
  readonly hostName: string
  readonly workingDirectory: string
}

const thisMachine = (): Machine => ({ home: homedir(), hostName: hostname(), workingDirectory: process.cwd() })

/** Each setting by flag, else environment, else file, else default; or everything that is wrong, at once. */
export function resolveSettings(input: SettingsInput, machine: Machine = thisMachine()): Reading<Configuration> {
  const faults: Fault[] = []
  const notices: Fault[] = []
  const sections = divideSections(input.file, faults)
  checkVariables(input.env, faults, notices)
  for (const { key, source } of sections.general) {
    const known = settingNames.map(fileNameOf)
    if (known.includes(key) || isEventEntry({ key, value: '', source })) continue
    const meant = didYouMean(key, known) || ': "lampfield config sample" shows all that there are'
    faults.push({ source, sentence: `"${clip(key)}" is no setting${meant}` })
  }
  const { settings, sources } = readAll({ ...input, general: sections.general }, surroundingsOf(input, machine), faults)
  const channels = readChannelRoles(sections, faults, notices)
  const hints = readHints(sections.hints, faults)
  const latestDevices = readLatestDevices(sections.reducers, faults)
  const hooks = readHooks(sections.hooks, faults)
  const asterisk = readAsterisk(sections.asterisk, faults)
  if (faults.length === 0) checkRelations(settings, sources, faults)
  if (faults.length > 0) return { ok: false, faults }
  const parts = { channels, hints, latestDevices, hooks, asterisk, asteriskViews: asteriskViews(sections.asterisk) }
  return { ok: true, value: { settings, sources, ...parts, notices } }
}

/** The settings as a listing shows them. */
export function settingViews(configuration: Configuration): { name: string; value: unknown; source: string }[] {
  return settingNames.map((name) => ({
    name: fileNameOf(name),
    value: shown(configuration.settings[name]),
    source: sourceText(configuration.sources[name]),
  }))
}

function shown(value: Settings[SettingName]): unknown {
  if (value === undefined) return null
  if (typeof value !== 'object' || !('host' in value)) return value
  return `${value.host.includes(':') ? `[${value.host}]` : value.host}:${value.port}`
}

type Resolved = Pick<Configuration, 'settings' | 'sources'>

function readAll(from: Sources, surroundingsFor: (source: Source) => Surroundings, faults: Fault[]): Resolved {
  const settings: Partial<Record<SettingName, unknown>> = {}
  const sources: Partial<Record<SettingName, Source>> = {}
  for (const name of settingNames) {
    const setting: Setting<unknown> = settingsTable[name]
    const given = givenFor(name, from)
    const items = itemsOf(given, setting.isList, faults)
    // A list may be said to be empty; other settings know the word themselves.
    const isNone = setting.isList && defaults[name] === 'none' && items.length === 1 && items[0]?.text === 'none'
    const values = (isNone ? [] : items).flatMap((item) =>
      readItem(name, setting, item, surroundingsFor(item.source), faults),
    )
    const first = given[0]?.source ?? { kind: 'default' }
    if (items.length === 0)
      faults.push({ source: first, sentence: `${fileNameOf(name)} has no value: ${wanted(setting)}` })
    settings[name] = setting.isList ? values : values[0]
    sources[name] = first
  }
  // The table has a reader of the right type for each name; where one of them failed, nobody sees the settings.
  return { settings: settings as Settings, sources: sources as Record<SettingName, Source> }
}

/** The value in a list of one, or none after a fault. */
function readItem(
  name: SettingName,
  setting: Setting<unknown>,
  { text, source }: Given,
  surroundings: Surroundings,
  faults: Fault[],
): readonly unknown[] {
  const trimmed = text.trim()
  const read = trimmed === '' ? undefined : setting.read(trimmed, surroundings)
  if (read?.ok) return [read.value]
  const reason = read === undefined ? `it has no value, and ${wanted(setting)}` : read.reason
  faults.push({ source, sentence: `${fileNameOf(name)}: ${reason}` })
  return []
}

const wanted = ({ placeholder }: Setting<unknown>): string => `${placeholder} is wanted`

function surroundingsOf({ env, file }: SettingsInput, machine: Machine): (source: Source) => Surroundings {
  const { home, hostName, workingDirectory } = machine
  const beside = file === undefined ? workingDirectory : resolve(workingDirectory, dirname(file.file))
  const usual = defaultDataDirectory(env, home)
  return ({ kind }) => ({
    directory: kind === 'file' ? beside : workingDirectory,
    home,
    hostName,
    defaultDataDirectory: usual,
  })
}

/**
 * A variable that is nearly one of ours is a typing error. Others are told and let pass: Kubernetes sets `LAMPFIELD_PORT` and
 * more in every pod beside a service of that name.
 */
function checkVariables(env: SettingsInput['env'], faults: Fault[], notices: Fault[]): void {
  const known = [configVariable, ...settingNames.map(variableOf)]
  const prefix = 'LAMPFIELD_'
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith(prefix) || known.includes(variable)) continue
    const near = nearestName(
      variable.slice(prefix.length),
      known.map((name) => name.slice(prefix.length)),
    )
    const source = { kind: 'environment', variable } as const
    if (near === undefined) notices.push({ source, sentence: 'this is no setting and has no effect' })
    else faults.push({ source, sentence: `this is no setting: did you mean ${prefix}${near}?` })
  }
}

function checkRelations(settings: Settings, sources: Readonly<Record<SettingName, Source>>, faults: Fault[]): void {
  const { http, httpTokenFile } = settings
  if (http !== undefined && httpTokenFile === undefined && !isLoopbackAddress(http)) {
    const remedy = `give a token with http_token_file, or serve it on 127.0.0.1:${http.port}`
    const sentence = `http: whoever reaches ${http.host} might write: ${remedy}`
    faults.push({ source: sources.http, sentence })
  }
  const least = Math.ceil((60 * settings.heartbeatMs) / 1000)
  if (settings.forgetAfterS >= least) return
  const source = sources.forgetAfterS.kind === 'default' ? sources.heartbeatMs : sources.forgetAfterS
  const sentence = `forget_after_s is ${settings.forgetAfterS}, and with heartbeat_ms ${settings.heartbeatMs} at least ${least} is wanted, or a short cut would lose members`
  faults.push({ source, sentence })
}
