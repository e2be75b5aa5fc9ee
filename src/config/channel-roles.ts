import type { ChannelRole } from '../state/announcement.ts'
import { clip } from './clip.ts'
import type { ConfEntry } from './conf-file.ts'
import { didYouMean } from './nearest-name.ts'
import type { Sections } from './sections.ts'
import type { Fault } from './source.ts'

/** The channels that can be configured; both are published and subscribed where nothing is said. */
const channels = ['device_state', 'mwi'] as const

/** What res_corosync shared besides; here the nodes know each other without. */
const foreignEvents: readonly string[] = ['ping', 'cluster_discovery']

const directions: readonly string[] = ['publish_event', 'subscribe_event']

/** True for the lines that an old `res_corosync.conf` has in `[general]`. */
export const isEventEntry = ({ key }: ConfEntry): boolean => directions.includes(key)

/**
 * The part this node takes in each channel, from event channel sections as in `ais.conf` and from `[general]` as in
 * `res_corosync.conf`. A channel that is neither published nor subscribed is left out.
 */
export function readChannelRoles(sections: Sections, faults: Fault[], notices: Fault[]): ChannelRole[] {
  const entries = sections.general.filter(isEventEntry)
  for (const section of sections.channels) {
    entries.push(...section.entries.filter(isEventEntry))
    for (const entry of section.entries) checkChannelEntry(entry, faults)
    if (section.entries.some(isEventEntry)) continue
    const sentence = `[${clip(section.name)}] shares nothing: add "publish_event = device_state" or "subscribe_event = device_state"`
    notices.push({ source: section.source, sentence })
  }
  const isSilent = entries.length === 0 && sections.channels.length === 0
  if (isSilent) return channels.map((channel) => ({ channel, publish: true, subscribe: true }))
  const shared = { publish_event: new Set<string>(), subscribe_event: new Set<string>() }
  for (const entry of entries) {
    const event = entry.value.toLowerCase()
    if (channels.some((channel) => channel === event)) shared[entry.key as keyof typeof shared].add(event)
    else if (foreignEvents.includes(event))
      notices.push({ source: entry.source, sentence: `${event} is not needed: nodes know each other without` })
    else faults.push({ source: entry.source, sentence: unknownEvent(entry) })
  }
  return channels
    .map((channel) => ({
      channel,
      publish: shared.publish_event.has(channel),
      subscribe: shared.subscribe_event.has(channel),
    }))
    .filter(({ publish, subscribe }) => publish || subscribe)
}

function checkChannelEntry(entry: ConfEntry, faults: Fault[]): void {
  const { key, value, source } = entry
  if (isEventEntry(entry)) return
  if (key !== 'type') {
    const sentence = `"${clip(key)}" is no setting of an event channel${didYouMean(key, [...directions, 'type']) || ': type, publish_event and subscribe_event are'}`
    faults.push({ source, sentence })
  } else if (value.toLowerCase() !== 'event_channel') {
    faults.push({ source, sentence: `"${clip(value)}" is no type of a section: event_channel is the only one` })
  }
}

function unknownEvent({ key, value }: ConfEntry): string {
  if (value === '') return `${key} has no value: device_state or mwi is wanted`
  return `"${clip(value)}" is no event${didYouMean(value, channels) || ': device_state or mwi is wanted, one in each line'}`
}
