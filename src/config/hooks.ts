import { isAbsolute } from 'node:path'
import { keyFault } from '../state/key.ts'
import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { clip } from './clip.ts'
import type { ConfEntry } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import { readWholeNumber } from './setting.ts'
import type { Fault, Source } from './source.ts'

/** A program that is run at changes of the cluster state. */
export interface HookSettings {
  /** An absolute path. */
  readonly program: string
  readonly source: Source
  /** Event channels whose changes matter. */
  readonly channels: readonly string[]
  /** Patterns of the devices and mailboxes whose changes matter. */
  readonly patterns: readonly string[]
  /** Runs at once, at most. */
  readonly concurrency: number
  /** Seconds that one run may take. */
  readonly timeLimitS: number
}

export const hookDefaults: Readonly<Record<'channel' | 'pattern' | 'concurrency' | 'time_limit_s', string>> =
  Object.freeze({
    channel: 'device_state',
    pattern: '*',
    concurrency: '4',
    time_limit_s: '10',
  })

interface Hook {
  readonly read: (text: string) => Parsed<unknown>
  readonly isList: boolean
}

/** Every setting of `[hooks]`. */
const table = {
  on_change: { read: readProgram, isList: false },
  channel: { read: readChannel, isList: true },
  pattern: { read: readPattern, isList: true },
  concurrency: { read: readWholeNumber(1, 64, 'runs at once'), isList: false },
  time_limit_s: { read: readWholeNumber(1, 3600, 'seconds'), isList: false },
} satisfies Readonly<Record<string, Hook>>

/** Reads `[hooks]`; undefined where no program is to be run. */
export function readHooks(entries: readonly ConfEntry[], faults: Fault[]): HookSettings | undefined {
  const found = new Map<string, { readonly source: Source; readonly values: unknown[] }>()
  for (const { key, value, source } of entries) {
    const hook: Hook | undefined = Object.hasOwn(table, key) ? table[key as keyof typeof table] : undefined
    if (hook === undefined) {
      const names = Object.keys(table)
      const meant = didYouMean(key, names) || `: ${names.join(', ')} are`
      faults.push({ source, sentence: `"${clip(key)}" is no setting of [hooks]${meant}` })
      continue
    }
    const known = found.get(key)
    if (known !== undefined && !hook.isList) {
      faults.push({ source, sentence: 'this is set a second time: keep one line' })
      continue
    }
    const values = known?.values ?? []
    found.set(key, { source, values })
    for (const text of hook.isList ? value.split(',') : [value]) {
      const read = hook.read(text.trim())
      if (read.ok) values.push(read.value)
      else faults.push({ source, sentence: `${key}: ${read.reason}` })
    }
  }
  return hooksOf(entries, found, faults)
}

function hooksOf(
  entries: readonly ConfEntry[],
  found: ReadonlyMap<string, { readonly source: Source; readonly values: readonly unknown[] }>,
  faults: Fault[],
): HookSettings | undefined {
  const program = found.get('on_change')
  const [first] = entries
  if (program === undefined) {
    const sentence = '[hooks] runs nothing: add "on_change = /path/of/a/program"'
    if (first !== undefined) faults.push({ source: first.source, sentence })
    return undefined
  }
  const values = (key: keyof typeof table, usual: string): readonly unknown[] =>
    found.get(key)?.values ?? [(table[key] as Hook).read(usual)].flatMap((read) => (read.ok ? [read.value] : []))
  // The table has a reader of the right type for each name; where one of them failed, nobody sees the settings.
  return {
    program: program.values[0] as string,
    source: program.source,
    channels: values('channel', hookDefaults.channel) as string[],
    patterns: values('pattern', hookDefaults.pattern) as string[],
    concurrency: values('concurrency', hookDefaults.concurrency)[0] as number,
    timeLimitS: values('time_limit_s', hookDefaults.time_limit_s)[0] as number,
  }
}

function readProgram(text: string): Parsed<string> {
  const right = 'the whole path of one program is wanted, such as /usr/local/bin/lamp-changed'
  if (text === '') return unparsed(`it has no value: ${right}`)
  // It is not given to a shell, which would divide it.
  if (!isAbsolute(text) || text.includes('\0')) return unparsed(`"${clip(text)}" is no path from the root: ${right}`)
  return parsed(text)
}

const channelNames: readonly string[] = ['device_state', 'mwi']

function readChannel(text: string): Parsed<string> {
  const name = text.toLowerCase()
  if (channelNames.includes(name)) return parsed(name)
  return unparsed(
    `"${clip(text)}" is no event channel${didYouMean(text, channelNames) || ': device_state or mwi is wanted'}`,
  )
}

function readPattern(text: string): Parsed<string> {
  const fault = /\s/.test(text) ? 'a device has no blanks in its name' : keyFault(text)
  if (fault === undefined) return parsed(text)
  return unparsed(`"${clip(text)}" is no pattern of devices (${fault}): such as "Custom:night*" is wanted`)
}
