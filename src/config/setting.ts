import { parsed, unparsed, type Parsed } from '../state/parsed.ts'
import { clip } from './clip.ts'

/** What a value may depend on. */
export interface Surroundings {
  /** Relative paths lie here: the directory of the file, or the working directory for flags and environment. */
  readonly directory: string
  readonly home: string
  readonly hostName: string
  readonly defaultDataDirectory: string
}

/** One setting: how it is told to people and read from them. */
export interface Setting<Value> {
  /** What stands for the value in help texts, such as `HOST:PORT`. */
  readonly placeholder: string
  /** One sentence, for the sample and for `--help`. */
  readonly description: string
  /** True where several values may be given; `read` gets one at a time. */
  readonly isList: boolean
  read(text: string, surroundings: Surroundings): Parsed<Value>
}

/** A setting that holds a list is read item by item. */
export type SettingOf<Value> = [Value] extends [readonly (infer Item)[]] ? Setting<Item> : Setting<Value>

const yes = new Set(['yes', 'true', 'on', '1', 'y', 't'])
const no = new Set(['no', 'false', 'off', '0', 'n', 'f'])

/** The words that Asterisk takes for true and false. */
export function readBoolean(text: string): Parsed<boolean> {
  const word = text.toLowerCase()
  if (yes.has(word)) return parsed(true)
  return no.has(word) ? parsed(false) : unparsed(`"${clip(text)}" is neither yes nor no`)
}

export function readWord<Word extends string>(words: readonly Word[]): (text: string) => Parsed<Word> {
  return (text) => {
    const found = words.find((word) => word === text.toLowerCase())
    return found === undefined ? unparsed(`"${clip(text)}" is none of ${words.join(', ')}`) : parsed(found)
  }
}

export function readWholeNumber(least: number, most: number, unit: string): (text: string) => Parsed<number> {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : -1
    if (number >= least && number <= most) return parsed(number)
    return unparsed(`"${clip(text)}" is no whole number of ${unit} from ${least} to ${most}`)
  }
}
