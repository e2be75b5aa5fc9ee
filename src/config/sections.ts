import { clip } from './clip.ts'
import type { ConfEntry, ConfFile, ConfSection } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import type { Fault } from './source.ts'

/** A configuration file by purpose. */
export interface Sections {
  readonly general: readonly ConfEntry[]
  readonly hints: readonly ConfEntry[]
  readonly reducers: readonly ConfEntry[]
  readonly hooks: readonly ConfEntry[]
  readonly asterisk: readonly ConfEntry[]
  /** One for each event channel, as in an old `ais.conf`; their names are free. */
  readonly channels: readonly ConfSection[]
}

const purposes = ['general', 'hints', 'reducers', 'hooks', 'asterisk'] as const

/** These say by their name alone that they are event channels. */
const channelNames: readonly string[] = ['device_state', 'mwi']

/** Puts each section where it belongs. Sections of one name count as one. */
export function divideSections(file: ConfFile | undefined, faults: Fault[]): Sections {
  const entries = {
    general: [] as ConfEntry[],
    hints: [] as ConfEntry[],
    reducers: [] as ConfEntry[],
    hooks: [] as ConfEntry[],
    asterisk: [] as ConfEntry[],
  }
  const channels: ConfSection[] = []
  for (const section of file?.sections ?? []) {
    const purpose = purposes.find((name) => name === section.name)
    if (purpose !== undefined) entries[purpose].push(...section.entries)
    else if (isChannel(section)) channels.push(section)
    else faults.push({ source: section.source, sentence: unknownSection(section) })
  }
  return { ...entries, channels }
}

const isChannel = (section: ConfSection): boolean =>
  channelNames.includes(section.name) || section.entries.some(({ key }) => key === 'type')

function unknownSection({ name, entries }: ConfSection): string {
  if (entries.some(({ key }) => key === 'publish_event' || key === 'subscribe_event')) {
    return `[${clip(name)}] is no section: to make it an event channel, add the line "type = event_channel"`
  }
  const known = [...purposes, ...channelNames]
  return `[${clip(name)}] is no section${didYouMean(name, known) || ': [general], [hints], [reducers], [hooks], [asterisk] and event channels are'}`
}
