import type { MemberShape } from '../../control/shapes.ts'
import { standingColour, stateColour } from '../colours.ts'
import { writeTable, type Column } from '../table.ts'
import { paint, type Terminal } from '../terminal.ts'
import { countText, durationText, printable, timeText, valueText } from '../text.ts'
import type { Busy } from './busy.ts'
import type { TopView } from './sample.ts'

const memberColumns: readonly Column<MemberShape>[] = [
  { title: 'MEMBER', text: ({ name }) => name },
  { title: 'STATUS', text: ({ status }) => status, colour: ({ status }) => standingColour(status) },
  { title: 'FOR', text: ({ statusForMs }) => durationText(statusForMs), right: true },
  { title: 'HEARD', text: ({ heardAgoMs }) => `${durationText(heardAgoMs)} ago`, right: true },
  { title: 'LAG', text: ({ lagMs }) => (lagMs === 0 ? 'none' : durationText(lagMs)), right: true },
  {
    title: 'RTT',
    text: ({ roundTripMs }) => (roundTripMs === null ? '-' : `${roundTripMs.toFixed(1)} ms`),
    right: true,
  },
  { title: 'ENTRIES', text: ({ entries }) => String(entries), right: true },
  { title: 'ALARMS', text: ({ alarms }) => alarms.join('; '), colour: () => 'red' },
]

const busyColumns: readonly Column<Busy>[] = [
  { title: 'BUSIEST', text: ({ channel, key }) => (channel === 'device_state' ? key : `${channel} ${key}`) },
  { title: 'CHANGES/S', text: ({ perSecond }) => perSecond.toFixed(1), right: true },
  { title: 'NOW', text: ({ value }) => valueText(value), colour: ({ value }) => stateColour(value) },
]

/** Rows of a table that are shown beside its title, where the terminal is small; a member or two must always be seen. */
const rowsMin = 2

/** The lines of one moment, no more than there are rows. */
export function pictureOf(view: TopView, colour: boolean, rows: number): string[] {
  const { node, members, rates, busiest } = view
  const lines: string[] = []
  const terminal: Pick<Terminal, 'colour' | 'out'> = { colour, out: (line) => void lines.push(line) }
  const alive = members.filter(({ status }) => status === 'self' || status === 'alive').length
  lines.push(
    paint(terminal, 'bold', `${node.name} (${node.entity}) in cluster ${node.cluster}, ${node.status}`) +
      `  ${timeText(view.timestamp).slice(0, 8)}`,
  )
  lines.push(
    `${countText(alive, 'member')} alive of ${members.length}; ${countText(view.entries, 'entry', 'entries')}, ${countText(view.pending, 'change')} waiting`,
  )
  lines.push(
    `changes/s: ${rateText(rates.changesPublished)} said, ${rateText(rates.changesApplied)} heard; ` +
      `messages/s: ${rateText(rates.messagesIn)} in, ${rateText(rates.messagesOut)} out; ` +
      `kB/s: ${rateText(thousandth(rates.bytesIn))} in, ${rateText(thousandth(rates.bytesOut))} out`,
  )
  lines.push('')
  const left = rows - lines.length - 3
  const memberRows = Math.max(rowsMin, Math.min(members.length, Math.ceil(left / 2)))
  // Whoever is not well comes first: that is what one looks for.
  const sorted = members.toSorted((a, b) => order(a) - order(b))
  writeTable(terminal, memberColumns, sorted.slice(0, memberRows))
  if (members.length > memberRows) lines.push(`and ${members.length - memberRows} more`)
  lines.push('')
  const busyRows = Math.max(rowsMin, rows - lines.length - 1)
  if (busiest.length > 0) writeTable(terminal, busyColumns, busiest.slice(0, busyRows))
  else lines.push(printable('no device has changed'))
  return lines.slice(0, rows)
}

const order = ({ status }: MemberShape): number => ['suspect', 'down', 'self', 'alive', 'left'].indexOf(status)

const thousandth = (value: number | null): number | null => (value === null ? null : value / 1000)

const rateText = (value: number | null): string => (value === null ? '-' : value.toFixed(value < 100 ? 1 : 0))
