import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import { clearAlarm, raiseAlarm } from './alarm.ts'
import type { MembershipConfig } from './config.ts'
import { isCounted, snapshot, type Evidence, type MemberRecord, type MemberStatus } from './member.ts'
import { isBefore, lastOf } from './precedence.ts'
import { lifeAfter, remember } from './remembrance.ts'
import { sameBytes, sameRoles, sameTexts } from './same.ts'
import type { Remembrance, Turn, View } from './view.ts'

/** Takes in an entity that is no member yet. False: there is no room, and nobody who has to make it. */
export function admit(turn: Turn, evidence: Evidence): boolean {
  const { view, now, effects } = turn
  const { entity, publicKey, life } = evidence.announcement
  const peer = peerIdOf(publicKey)
  const known = view.remembered.get(entity)
  if (view.members.size >= view.config.membersMax && !makeRoom(turn, known)) {
    refuse(turn, entity, peer)
    return false
  }
  // One after the other, and not as copies of parts: a thousand nodes keep a thousand each, and such a one takes a third of the room.
  const { sequence, name, addresses, channels, stands, heartbeatMs } = evidence.announcement
  const record: MemberRecord = {
    sequence,
    name,
    addresses,
    channels,
    heartbeatMs: boundedMs(view.config, heartbeatMs),
    stands,
    evidence,
    entity,
    publicKey,
    peer,
    life,
    begunMs: now,
    status: 'alive',
    statusSinceMs: now,
    lastHeardMs: now,
    connected: view.links.has(peer),
    suspicionDeadlineMs: undefined,
    rivals: [],
    closed: false,
    contradicted: false,
    renewals: 0,
    informedMs: Number.NEGATIVE_INFINITY,
    linked: known?.linked === true,
    seen: known?.seen ?? view.nextSeen,
    pinned: known?.pinned === true,
  }
  view.nextSeen = Math.max(view.nextSeen, record.seen + 1)
  view.remembered.delete(entity)
  view.members.set(entity, record)
  judgeInTime(view, record)
  if (known === undefined || !sameBytes(known.publicKey, publicKey)) {
    effects.push({ kind: 'bound', entity, publicKey, life })
  } else if (compareLives(life, known.life) > 0) effects.push({ kind: 'life-floor', entity, publicKey, life })
  effects.push({ kind: 'member-joined', entity, to: 'alive', member: snapshot(record) })
  if (record.connected) noteLink(turn, record)
  return true
}

/** A member is linked for the first time. A peer speaks for one entity: what else it says with the same key is made up, or of before its name was changed. */
export function noteLink({ view, effects }: Turn, record: MemberRecord): void {
  if (record.linked) return
  for (const other of view.members.values()) if (other.linked && other.peer === record.peer) return
  record.linked = true
  const { entity, publicKey } = record
  effects.push({ kind: 'life-floor', entity, publicKey, life: floorOf(record) })
}

/** The lowest life of a member that is still heard: of one that has left, a later one than it led. */
const floorOf = ({ status, life }: MemberRecord): Life => (status === 'left' ? lifeAfter(life) : life)

/** A newer announcement of the life that is known. */
export function refresh(turn: Turn, record: MemberRecord, evidence: Evidence): void {
  const { name, addresses, channels } = evidence.announcement
  const updated =
    record.name !== name || !sameTexts(record.addresses, addresses) || !sameRoles(record.channels, channels)
  take(record, turn.view.config, evidence)
  record.lastHeardMs = turn.now
  judgeInTime(turn.view, record)
  if (updated && record.status === 'alive')
    turn.effects.push({ kind: 'member-updated', entity: record.entity, member: snapshot(record) })
}

/** An announcement of a later life: the entity restarted, and its old life's word ends. */
export function restart(turn: Turn, record: MemberRecord, evidence: Evidence): void {
  const { entity, publicKey, life } = evidence.announcement
  take(record, turn.view.config, evidence)
  // Whoever spoke beside an earlier life may have been one of this server's own: one that still runs will speak again.
  record.rivals = []
  record.life = life
  record.begunMs = turn.now
  record.lastHeardMs = turn.now
  turn.effects.push({ kind: 'life-floor', entity, publicKey, life })
  changeStatus(turn, record, 'alive', true)
}

/** A member is silent for too long after this, in milliseconds. */
export const silenceMs = ({ config }: View, { heartbeatMs }: MemberRecord): number => config.missedMax * heartbeatMs

/** Sees to it that a member is looked at when its time is up. To be called whenever that may have become sooner. */
export function judgeInTime(view: View, record: MemberRecord): void {
  view.judgeAtMs = Math.min(view.judgeAtMs, deadlineMs(view, record))
}

function deadlineMs(view: View, record: MemberRecord): number {
  switch (record.status) {
    case 'alive':
      return record.lastHeardMs + silenceMs(view, record)
    case 'suspect':
      return record.suspicionDeadlineMs ?? view.nowMs
    case 'down':
    case 'left':
      return record.statusSinceMs + view.config.forgetMs
  }
}

/** The only place where a status changes after the first. */
export function changeStatus(turn: Turn, record: MemberRecord, to: MemberStatus, restarted = false): void {
  const { view, now, effects } = turn
  const from = record.status
  record.status = to
  if (from !== to || restarted) record.statusSinceMs = now
  if (to !== 'suspect') {
    record.suspicionDeadlineMs = undefined
    record.closed = false
    record.contradicted = false
    record.renewals = 0
  }
  judgeInTime(view, record)
  count(view.counters, from, to, restarted)
  effects.push({ kind: 'member-changed', entity: record.entity, from, to, restarted, member: snapshot(record) })
}

function count(counters: Turn['view']['counters'], from: MemberStatus, to: MemberStatus, restarted: boolean): void {
  if (to === 'left') counters.farewells += 1
  else if (restarted) counters.restarts += 1
  else if (to === 'suspect') counters.suspicions += 1
  else if (to === 'down') counters.deaths += 1
  else if (from === 'suspect') counters.refuted += 1
  else if (from === 'down') counters.returns += 1
}

/** The member is no more; its key and lowest life are remembered. */
export function forgetMember(turn: Turn, record: MemberRecord): void {
  const { entity, publicKey, sequence, status, evidence, linked, seen, pinned } = record
  const life = floorOf(record)
  turn.view.members.delete(entity)
  turn.effects.push({ kind: 'forgotten', entity, from: status })
  const binding = { entity, publicKey, life, evidence, linked, seen, pinned }
  remember(turn, binding, status === 'left' ? 0 : sequence)
}

/** The operator lets go of an entity: whoever speaks for it next, with any key in any life, is believed. */
export function forgetByOperator(turn: Turn, entity: EntityId): void {
  const { view, effects } = turn
  const record = view.members.get(entity)
  if (record !== undefined) forgetMember(turn, record)
  if (!view.remembered.delete(entity)) return
  for (const alarm of ['cloned-entity', 'key-conflict'] as const) clearAlarm(turn, alarm, entity)
  effects.push({ kind: 'released', entity })
}

/** The operator says whose key an entity has: from now on no other one is believed, and it keeps its place before all that are not pinned. */
export function pin(turn: Turn, entity: EntityId, publicKey: Uint8Array): void {
  const member = turn.view.members.get(entity)
  const known = member ?? turn.view.remembered.get(entity)
  if (known !== undefined && sameBytes(known.publicKey, publicKey)) {
    if (known.pinned) return
    known.pinned = true
    const life = member === undefined ? known.life : floorOf(member)
    turn.effects.push({ kind: 'life-floor', entity, publicKey, life })
    return
  }
  forgetByOperator(turn, entity)
  // A person has named it: that is more than a link.
  const life = { incarnation: 0, nonce: 0 }
  const binding = { entity, publicKey, life, linked: true, pinned: true, seen: turn.view.nextSeen }
  remember(turn, binding)
  turn.effects.push({ kind: 'bound', entity, publicKey, life: binding.life })
}

/** Nobody is turned away without a word of it: of many, one is named. */
function refuse(turn: Turn, entity: EntityId, peer: PeerId): void {
  const { own, config, counters } = turn.view
  counters.refused += 1
  turn.effects.push({ kind: 'refused', entity, peer })
  raiseAlarm(turn, {
    alarm: 'no-room',
    entity: own.entity,
    peers: [peer],
    sentence:
      `${entity} (peer ${peer}) is turned away: ${config.membersMax} servers that were known before it are present. If it is one of ` +
      `yours, run "lampfield trust pin ${entity} ${peer}" on this server; "peers = " with the peer IDs of your servers keeps others out.`,
  })
}

/**
 * Forgets the member that has been away for longest, of those that were never linked while there are any. Where all are present, one
 * that was met after the entity that wants to come back.
 */
function makeRoom(turn: Turn, returning: Remembrance | undefined): boolean {
  let oldest: MemberRecord | undefined
  for (const record of turn.view.members.values()) {
    if (isCounted(record.status)) continue
    if (oldest === undefined || isLessKnown(record, oldest)) oldest = record
  }
  const leaving = oldest ?? lastBehind(turn.view, returning)
  if (leaving !== undefined) forgetMember(turn, leaving)
  return leaving !== undefined
}

function lastBehind({ members }: View, returning: Remembrance | undefined): MemberRecord | undefined {
  const last = returning === undefined ? undefined : lastOf(members.values())
  return last !== undefined && returning !== undefined && isBefore(returning, last) ? last : undefined
}

const isLessKnown = (one: MemberRecord, other: MemberRecord): boolean =>
  one.linked === other.linked ? one.statusSinceMs < other.statusSinceMs : !one.linked

/** What an announcement says of its sender. */
function take(record: MemberRecord, config: MembershipConfig, evidence: Evidence): void {
  const { sequence, name, addresses, channels, stands, heartbeatMs } = evidence.announcement
  record.sequence = sequence
  record.name = name
  record.addresses = addresses
  record.channels = channels
  record.heartbeatMs = boundedMs(config, heartbeatMs)
  record.stands = stands
  record.evidence = evidence
}

const boundedMs = ({ tickMs, heartbeatMaxMs }: MembershipConfig, heartbeatMs: number): number =>
  Math.min(Math.max(heartbeatMs, tickMs), heartbeatMaxMs)
