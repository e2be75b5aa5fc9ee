import type { ConfEntry } from './conf-file.ts'
import type { Fault, Source } from './source.ts'
import { defaults, fileNameOf, flagOf, variableOf, type SettingName } from './settings-table.ts'

/** What was given on the command line, by setting: only the flags that were typed, no defaults. */
export type Flags = { readonly [Name in SettingName]?: FlagValue | undefined }
type FlagValue = string | boolean | readonly string[]

/** One value, as it was written. */
export interface Given {
  readonly text: string
  readonly source: Source
}

/** Everything that may hold settings, from the strongest to the weakest. */
export interface Sources {
  readonly flags: Flags
  readonly env: Readonly<Record<string, string | undefined>>
  /** The `[general]` section. */
  readonly general: readonly ConfEntry[]
}

/** What is written for a setting at the strongest place that says anything. Never empty. */
export function givenFor(name: SettingName, { flags, env, general }: Sources): readonly Given[] {
  const flag = flags[name]
  if (flag !== undefined && !(Array.isArray(flag) && flag.length === 0)) return ofFlag(name, flag)
  const variable = variableOf(name)
  const text = env[variable]
  if (text !== undefined && text !== '') return [{ text, source: { kind: 'environment', variable } }]
  const entries = general.filter(({ key }) => key === fileNameOf(name))
  if (entries.length > 0) return entries.map(({ value, source }) => ({ text: value, source }))
  return [{ text: defaults[name], source: { kind: 'default' } }]
}

function ofFlag(name: SettingName, value: FlagValue): readonly Given[] {
  if (typeof value === 'boolean') {
    const flag = value ? flagOf(name) : flagOf(name).replace('--', '--no-')
    return [{ text: value ? 'yes' : 'no', source: { kind: 'flag', flag } }]
  }
  const texts = typeof value === 'string' ? [value] : value
  return texts.map((text) => ({ text, source: { kind: 'flag', flag: flagOf(name) } }))
}

/** Where several values count, each may hold more, divided by blanks or commas; elsewhere two are one too many. */
export function itemsOf(given: readonly Given[], isList: boolean, faults: Fault[]): readonly Given[] {
  if (isList) {
    return given.flatMap(({ text, source }) =>
      text
        .split(/[\s,]+/)
        .filter(Boolean)
        .map((item) => ({ text: item, source })),
    )
  }
  for (const { source } of given.slice(1)) faults.push({ source, sentence: 'this is set a second time: keep one line' })
  return given.slice(0, 1)
}
