import { parseHint, type Hint } from '../state/hint.ts'
import { keyFault } from '../state/key.ts'
import { clip } from './clip.ts'
import type { ConfEntry } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import { sourceText, type Fault, type Source } from './source.ts'

/** A hint under the extension it belongs to, such as `1234@default`. */
export interface NamedHint extends Hint {
  readonly extension: string
}

const right = 'such as "hint = 1234@default, PJSIP/alice&Custom:door" is wanted'

/** Reads `[hints]`: one `hint = EXTENSION, DEVICES` for each extension, DEVICES as in the dialplan. */
export function readHints(entries: readonly ConfEntry[], faults: Fault[]): NamedHint[] {
  const hints = new Map<string, { readonly hint: NamedHint; readonly source: Source }>()
  for (const entry of entries) {
    const { source } = entry
    const hint = readHint(entry)
    const before = typeof hint === 'string' ? undefined : hints.get(hint.extension)
    if (typeof hint === 'string') faults.push({ source, sentence: hint })
    else if (before === undefined) hints.set(hint.extension, { hint, source })
    else
      faults.push({
        source,
        sentence: `${hint.extension} has a hint already, at ${sourceText(before.source)}: remove one`,
      })
  }
  return [...hints.values()].map(({ hint }) => hint)
}

/** The hint of one line, or what is wrong with it. */
function readHint({ key, value }: ConfEntry): NamedHint | string {
  if (key !== 'hint') return `"${clip(key)}" is no setting of [hints]${didYouMean(key, ['hint']) || `: ${right}`}`
  const comma = value.indexOf(',')
  if (comma < 0) return `"${clip(value)}" is no hint: ${right}`
  const extension = readExtension(value.slice(0, comma).trim())
  if (extension === undefined) return `"${clip(value.slice(0, comma))}" is no extension: ${right}`
  const hint = parseHint(value.slice(comma + 1))
  if (hint.devices.length === 0 && hint.presence.length === 0) return `${extension} has no devices: ${right}`
  for (const device of [...hint.devices, ...hint.presence]) {
    const fault = /\s/.test(device) ? 'a device has no blanks in its name' : keyFault(device)
    if (fault !== undefined) return `"${clip(device)}" is no device: ${fault}`
  }
  return { extension, ...hint }
}

/** The context is `default` where none is given, as in the dialplan. */
function readExtension(text: string): string | undefined {
  if (!/^[^@\s]+(@[^@\s]+)?$/.test(text) || keyFault(text) !== undefined) return undefined
  return text.includes('@') ? text : `${text}@default`
}
