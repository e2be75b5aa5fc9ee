import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { compareLives } from '../state/version.ts'
import { raiseAlarm } from './alarm.ts'
import type { Binding, MembershipEvent } from './event.ts'
import { acquit } from './detector.ts'
import { isCounted, type Evidence, type MemberRecord } from './member.ts'
import { lifeAfter, remember } from './remembrance.ts'
import { areBothRunning, hearHolder, hearRival } from './rival.ts'
import { admit, changeStatus, refresh, restart } from './roster.ts'
import { sameBytes } from './same.ts'
import type { Remembrance, Turn } from './view.ts'

/** Somebody who speaks from an older life is told at most this often. */
export const informEveryMs = 1000

type HeartbeatEvent = Extract<MembershipEvent, { readonly kind: 'heartbeat' }>
type FarewellEvent = Extract<MembershipEvent, { readonly kind: 'farewell' }>

/** Another entity says that it lives. */
export function hearHeartbeat(turn: Turn, { announcement, signature, from }: HeartbeatEvent): void {
  const { view } = turn
  const evidence: Evidence = { announcement, signature }
  const { entity, publicKey, life, sequence } = announcement
  const record = view.members.get(entity)
  if (record === undefined) hearStranger(turn, evidence, from)
  else if (!sameBytes(record.publicKey, publicKey)) hearClaim(turn, record, evidence, from)
  else if (compareLives(life, record.life) > 0) {
    restart(turn, record, evidence)
    hearOfHolder(turn, record)
  } else if (compareLives(life, record.life) < 0) hearOldLife(turn, record, evidence, from)
  else if (record.status === 'left' || sequence <= record.sequence) hearStale(turn, record, evidence, from)
  else {
    refresh(turn, record, evidence)
    if (record.status !== 'alive') acquit(turn, record)
    hearOfHolder(turn, record)
  }
  const member = view.members.get(entity)
  // The holder itself says so, in its newest word.
  if (announcement.hasTwin && member?.evidence === evidence) raiseCloned(turn, member, member.peer)
}

/** Another entity leaves. Only its own key, in the life that is known or a later one, can say so. */
export function hearFarewell(turn: Turn, { entity, publicKey, life, sequence }: FarewellEvent): void {
  const { members, remembered } = turn.view
  const record = members.get(entity)
  const known = record ?? remembered.get(entity)
  if (known === undefined || !sameBytes(known.publicKey, publicKey)) return
  if (record === undefined) {
    const absent = remembered.get(entity)
    if (compareLives(life, known.life) >= 0) {
      const { linked, seen, pinned } = absent ?? {}
      leaveUnseen(turn, { entity, publicKey, life: lifeAfter(life), linked, seen, pinned })
    }
    return
  }
  const order = compareLives(life, record.life)
  if (order < 0 || (order === 0 && (record.status === 'left' || sequence < record.sequence))) return
  record.life = life
  record.sequence = sequence
  turn.effects.push({ kind: 'life-floor', entity, publicKey, life: lifeAfter(life) })
  changeStatus(turn, record, 'left', order > 0)
}

/** It leaves before it was heard in this run: late words of that life must not bring it back. */
function leaveUnseen(turn: Turn, binding: Binding): void {
  remember(turn, binding)
  turn.effects.push({ kind: 'life-floor', ...binding })
}

/** An entity that is no member: new, or remembered from before. */
function hearStranger(turn: Turn, evidence: Evidence, from: PeerId): void {
  const { announcement } = evidence
  const { entity, publicKey, life } = announcement
  const known = turn.view.remembered.get(entity)
  if (known === undefined) {
    admit(turn, evidence)
    return
  }
  if (sameBytes(known.publicKey, publicKey)) {
    const order = compareLives(life, known.life)
    if (order > 0 || (order === 0 && announcement.sequence > known.sequence)) admit(turn, evidence)
    else if (order === 0) hearStale(turn, known, evidence, from)
    else {
      turn.view.counters.late += 1
      inform(turn, known, peerIdOf(publicKey), from)
    }
    return
  }
  refuseClaim(turn, known, evidence, from)
}

/** A known entity, with a key that is not its holder's. */
function hearClaim(turn: Turn, record: MemberRecord, evidence: Evidence, from: PeerId): void {
  if (isCounted(record.status)) {
    turn.view.counters.claims += 1
    hearBeside(turn, record, evidence)
  } else refuseClaim(turn, record, evidence, from)
}

/** The key that is known, from an older life: a late message, a lost memory, or a clone of the machine with its key. */
function hearOldLife(turn: Turn, record: MemberRecord, evidence: Evidence, from: PeerId): void {
  turn.view.counters.late += 1
  hearBeside(turn, record, evidence)
  inform(turn, record, record.peer, from)
}

/**
 * A word that is no newer than what is known of this life. Usually it is a copy on a longer way; but who says it over its own link, where words
 * keep their order, has forgotten what it said: its machine was put back to an earlier moment, process and all.
 */
function hearStale(turn: Turn, known: Remembrance | MemberRecord, { announcement }: Evidence, from: PeerId): void {
  turn.view.counters.stale += 1
  const peer = peerIdOf(known.publicKey)
  if (from === peer && announcement.sequence < known.sequence) inform(turn, known, peer, from)
}

function hearBeside(turn: Turn, record: MemberRecord, { announcement }: Evidence): void {
  const heard = hearRival(record.rivals, announcement, turn.now)
  record.rivals = heard.rivals
  turn.view.contested.add(record.entity)
  if (heard.rival !== undefined) raiseIfCloned(turn, record)
}

function hearOfHolder(turn: Turn, record: MemberRecord): void {
  if (record.rivals.length === 0) return
  record.rivals = hearHolder(record.rivals, turn.now)
  raiseIfCloned(turn, record)
}

/** Two processes with the key of this peer were met. */
export function raiseTwin(turn: Turn, peer: PeerId): void {
  for (const member of turn.view.members.values()) if (member.peer === peer) raiseCloned(turn, member, peer)
}

function raiseIfCloned(turn: Turn, member: MemberRecord): void {
  const { rivals, publicKey } = member
  const rival = rivals.find((other) => areBothRunning(other, publicKey, turn.now))
  if (rival !== undefined) raiseCloned(turn, member, peerIdOf(rival.publicKey))
}

function raiseCloned(turn: Turn, { entity, peer }: MemberRecord, other: PeerId): void {
  const sameKey = other === peer
  raiseAlarm(turn, {
    alarm: 'cloned-entity',
    entity,
    peers: sameKey ? [peer] : [peer, other],
    sentence: sameKey
      ? `Two running nodes have the entity ID ${entity} and the same key (peer ${peer}): one is a copy of the other's ` +
        'data directory. Stop one and remove its data directory.'
      : `Two running nodes have the entity ID ${entity}: peer ${peer}, which counts, and peer ${other}, which does not. ` +
        'Give one of them another entity ID.',
  })
}

/**
 * An absent entity's name, with a foreign key. A server that lost its data directory and one that impersonates it look the
 * same from here, so the binding stands until a person lets go of it.
 */
function refuseClaim(turn: Turn, known: Remembrance | MemberRecord, { announcement }: Evidence, from: PeerId): void {
  const { entity, publicKey } = announcement
  const [holder, peer] = [peerIdOf(known.publicKey), peerIdOf(publicKey)]
  turn.view.counters.claims += 1
  inform(turn, known, peer, from)
  raiseAlarm(turn, {
    alarm: 'key-conflict',
    entity,
    peers: [holder, peer],
    sentence:
      `Peer ${peer} speaks for ${entity}, which belongs to peer ${holder} here: its entries do not count. If that server ` +
      `lost its data directory or was replaced, run "lampfield trust forget ${entity}" on this server; if not, somebody ` +
      'pretends to be it.',
  })
}

/** Shows a peer what is known of the entity that it speaks for. */
function inform({ now, effects }: Turn, known: Remembrance | MemberRecord, peer: PeerId, from: PeerId): void {
  if (now - known.informedMs < informEveryMs) return
  known.informedMs = now
  const { entity, publicKey, life, evidence } = known
  effects.push({ kind: 'inform', entity, publicKey, peer, via: from, life, evidence })
}
