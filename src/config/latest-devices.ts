import { keyFault } from '../state/key.ts'
import { clip } from './clip.ts'
import type { ConfEntry } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import type { Fault } from './source.ts'

/** Reads `[reducers]`: the device patterns of its `latest = PATTERN` lines. */
export function readLatestDevices(entries: readonly ConfEntry[], faults: Fault[]): string[] {
  const patterns: string[] = []
  for (const { key, value, source } of entries) {
    const found = value.split(',').map((pattern) => pattern.trim())
    const fault = found.map(patternFault).find((sentence) => sentence !== undefined)
    if (key !== 'latest') faults.push({ source, sentence: unknownReducer(key) })
    else if (fault !== undefined) faults.push({ source, sentence: fault })
    else patterns.push(...found)
  }
  return patterns
}

const right = 'such as "latest = Custom:night*" is wanted'

function unknownReducer(key: string): string {
  return `"${clip(key)}" is no reducer to choose${didYouMean(key, ['latest']) || `: ${right}`}`
}

function patternFault(pattern: string): string | undefined {
  const fault = /\s/.test(pattern) ? 'a device has no blanks in its name' : keyFault(pattern)
  return fault === undefined ? undefined : `"${clip(pattern)}" is no pattern of devices (${fault}): ${right}`
}
