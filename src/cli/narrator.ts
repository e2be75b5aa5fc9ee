import type { MemberEvent } from '../node/events.ts'
import type { Node } from '../node/node.ts'
import type { EntryView, MemberView } from '../node/views.ts'
import type { Log } from '../runtime/log.ts'
import { durationText, valueText } from './text.ts'

export interface NarratorOptions {
  readonly node: Node
  readonly log: Log
  /** Whether changes are told now, each with its explanation: costly where there are many. */
  readonly tellsChanges: () => boolean
  readonly signal: AbortSignal
}

/** Tells in the log what a person beside the node wants to see: who comes and goes, alarms, and for debugging each change. */
export function narrate({ node, log, tellsChanges, signal }: NarratorOptions): void {
  for (const member of node.members()) {
    if (member.status !== 'self') log.info(memberText(member, undefined, false), memberFields(member))
    // A copy of this node may have been met before anybody could listen.
    for (const sentence of member.alarms) log.error(`alarm: ${sentence}`, { entity: member.entity })
  }
  node.addEventListener('member', ({ detail }) => tellMember(node, log, detail), { signal })
  node.addEventListener(
    'alarm',
    ({ detail: { kind, entity, sentence, phase } }) => {
      if (phase === 'begun') log.error(`alarm: ${sentence}`, { alarm: kind, entity })
      else if (phase === 'once') log.warn(`alarm: ${sentence}`, { alarm: kind, entity })
      else log.info(sentence, { alarm: kind, entity })
    },
    { signal },
  )
  narrateChanges({ node, log, tellsChanges, signal })
}

function tellMember(node: Node, log: Log, event: MemberEvent): void {
  const member = node.members().find(({ entity }) => entity === event.entity)
  const fields = { entity: event.entity, member: event.name, from: event.from, to: event.to }
  const text =
    member === undefined
      ? `${event.name} (${event.entity}) is ${event.to}`
      : memberText({ ...member, status: event.to }, event.from, event.restarted)
  if (event.to === 'suspect' || event.to === 'down') log.warn(text, fields)
  else log.info(text, fields)
}

/** What became of a member, and why. */
function memberText(member: MemberView, from: MemberEvent['from'], restarted: boolean): string {
  const who = `${member.name} (${member.entity})`
  const silence = `nothing was heard of it for ${durationText(member.heardAgoMs)}`
  switch (member.status) {
    case 'self':
      return `${who} is this node`
    case 'alive': {
      if (restarted) return `${who} is alive: it restarted`
      if (from === 'suspect') return `${who} is alive after all: it was heard again`
      if (from === 'down' || from === 'left') return `${who} is alive: it is back`
      return `${who} is alive${from === undefined ? ': a new member' : ''}`
    }
    case 'suspect':
      return `${who} is suspect: ${member.connected ? silence : `the link to it broke, ${silence}`}`
    case 'down':
      return `${who} is down: ${silence}; its entries no longer count`
    case 'left':
      return `${who} left: it said farewell; its entries no longer count`
  }
}

function memberFields({ entity, name, status }: MemberView): Readonly<Record<string, unknown>> {
  return { entity, member: name, to: status }
}

/**
 * One account of each key that changed, after all changes of this turn: an entry and the cluster state it changes are told
 * together, and a departure that changes many keys tells each once.
 */
function narrateChanges({ node, log, tellsChanges, signal }: NarratorOptions): void {
  const touched = new Map<string, { readonly channel: string; readonly key: string }>()
  const touch = (channel: string, key: string): void => {
    if (!tellsChanges()) return
    if (touched.size === 0) {
      queueMicrotask(() => {
        const keys = [...touched.values()]
        touched.clear()
        if (node.status === 'running') for (const { channel, key } of keys) tellSum(node, log, channel, key)
      })
    }
    touched.set(`${channel}/${key}`, { channel, key })
  }
  node.addEventListener('entry', ({ detail }) => touch(detail.channel, detail.key), { signal })
  node.addEventListener('change', ({ detail }) => touch(detail.channel, detail.key), { signal })
}

/** Tells how each entity's entry of a key was added to the overall state. */
function tellSum(node: Node, log: Log, channel: string, key: string): void {
  if (!node.channels().some((view) => view.channel === channel && view.subscribe)) return
  const { entries, value, rule } = node.explain(channel, key)
  for (const entry of entries) log.debug(`${channel} ${key}: ${entryText(entry)}`, { entity: entry.entity })
  log.debug(`${channel} ${key}: the overall state is ${valueText(value)}: ${rule}`)
}

function entryText({ entity, name, value, counted, why }: EntryView): string {
  const verb = counted ? 'adding' : 'leaving out'
  return `${verb} ${valueText(value)} of ${name} (${entity}): ${why}`
}
