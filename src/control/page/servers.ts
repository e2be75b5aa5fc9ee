import type { MemberShape } from '../shapes.ts'
import { byId, element, say } from './element.ts'
import { mapOf } from './map.ts'
import { span } from './times.ts'

const words: Readonly<Record<MemberShape['status'], string>> = {
  self: 'this server',
  alive: 'alive',
  suspect: 'suspect',
  down: 'out of sight',
  left: 'left',
}

/** A lag below this is a change on its way. */
const lagShownMs = 1500

export const isHere = ({ status }: MemberShape): boolean => status !== 'down' && status !== 'left'

/** Everybody in sight has what it last said, here. */
export const behind = (members: readonly MemberShape[]): readonly MemberShape[] =>
  members.filter((member) => isHere(member) && !member.agrees && (member.lagMs === 0 || member.lagMs > lagShownMs))

/** The servers and the links to them. */
export function showServers(members: readonly MemberShape[]): void {
  const here = members.filter(isHere)
  say(
    byId('alive'),
    members.length === 0
      ? ''
      : `${here.length} of ${members.filter(({ status }) => status !== 'left').length} in sight`,
  )
  showGone(members.filter(({ status }) => status === 'down').length)
  const map = mapOf(members)
  byId('map').replaceChildren(...(map === undefined ? [] : [map]))
  const list = byId('members')
  for (const [index, member] of members.entries())
    showRow((list.children[index] as HTMLElement | undefined) ?? newRow(list), member)
  while (list.children.length > members.length) list.lastElementChild?.remove()
}

/** On a phone the notice at the top may have been scrolled away. */
function showGone(gone: number): void {
  const badge = byId('gone')
  badge.hidden = gone === 0
  if (gone > 0) badge.replaceChildren(String(gone), element('span', { class: 'hide' }, ' out of sight'))
}

function newRow(list: HTMLElement): HTMLElement {
  const row = element(
    'li',
    {},
    element('i', { 'aria-hidden': 'true' }),
    element('b'),
    element('span', { class: 'what' }),
    element('small'),
  )
  list.append(row)
  return row
}

function showRow(row: HTMLElement, member: MemberShape): void {
  const [, name, what, more] = row.children
  if (name === undefined || what === undefined || more === undefined) return
  row.dataset['status'] = member.status
  row.title = `${member.entity}\n${member.addresses.join('\n')}`
  say(name, member.name)
  say(what, whatOf(member))
  say(more, detailsOf(member))
}

function whatOf({ status, roundTripMs, connected }: MemberShape): string {
  if (status !== 'alive') return words[status]
  if (!connected) return 'no direct link'
  return roundTripMs === null ? 'linked' : span(roundTripMs)
}

function detailsOf({ status, statusForMs, entries, lagMs, agrees, alarms }: MemberShape): string {
  const since = span(Math.max(1000, Math.floor(statusForMs / 1000) * 1000))
  const parts = [`${entries.toLocaleString()} ${entries === 1 ? 'entry' : 'entries'}`]
  if (status === 'self') parts.push(`up ${since}`)
  else parts.push(status === 'alive' ? `for ${since}` : `${words[status]} for ${since}`)
  if (status === 'down') parts.push('does not count')
  else if (lagMs > lagShownMs) parts.push(`${span(lagMs)} behind`)
  else if (!agrees && lagMs === 0) parts.push('differs here')
  return [...parts, ...alarms].join(' · ')
}
