import { clearOldAlarms } from './alarm.ts'
import { connect, disconnect, hearSuspicion, noticeStall, tick } from './detector.ts'
import type { MembershipEffect } from './effect.ts'
import type { MembershipEvent } from './event.ts'
import { hearFarewell, hearHeartbeat, raiseTwin } from './hearing.ts'
import {
  announce,
  hearAccusation,
  hearEvidence,
  hearOwn,
  hearTurnedAway,
  raiseOwnTwin,
  refuteIfDue,
  resumeClimbing,
} from './own-entity.ts'
import { restore } from './remembrance.ts'
import { recentRivals } from './rival.ts'
import { forgetByOperator, pin } from './roster.ts'
import type { Turn, View } from './view.ts'

/** What an event came to. */
export interface Step {
  readonly view: View
  readonly effects: readonly MembershipEffect[]
}

/**
 * The membership's one function: what is known, what happened and when -> what is known now and what has to be done.
 *
 * Nothing else moves it, and it does nothing itself: same views, events and times give same effects. The view passes
 * into its hands and is changed in place; go on with the one it returns. Members in effects are copies and stay as they are.
 *
 * `now` is monotonic milliseconds. Give a `tick` every `tickMs`: their lateness is how the node notices that it was stalled
 * itself and must blame nobody (invariant 9).
 */
export function step(view: View, event: MembershipEvent, now: number): Step {
  view.nowMs = Math.max(view.nowMs, now)
  const turn: Turn = { view, now: view.nowMs, effects: [] }
  const lateMs = noticeStall(turn)
  handle(turn, event, lateMs)
  refuteIfDue(turn)
  return { view, effects: turn.effects }
}

function handle(turn: Turn, event: MembershipEvent, lateMs: number): void {
  const { entity } = turn.view.own
  switch (event.kind) {
    case 'heartbeat':
      if (event.announcement.entity === entity) hearOwn(turn, event, event.from)
      else hearHeartbeat(turn, event)
      return
    case 'evidence':
      hearEvidence(turn, event.evidence)
      return
    case 'farewell':
      if (event.entity !== entity) hearFarewell(turn, event)
      return
    case 'accused':
      if (event.entity === entity) hearAccusation(turn)
      else hearSuspicion(turn, event)
      return
    case 'announced':
      announce(turn, event)
      return
    case 'connected':
      connect(turn, event.peer)
      return
    case 'disconnected':
      disconnect(turn, event.peer)
      return
    case 'twin':
      if (event.peer === turn.view.own.peer) raiseOwnTwin(turn)
      else raiseTwin(turn, event.peer)
      return
    case 'tick':
      tick(turn, lateMs)
      clearOldAlarms(turn)
      forgetRivals(turn)
      resumeClimbing(turn)
      return
    case 'restore':
      restore(turn, event.bindings)
      return
    case 'forget':
      forgetByOperator(turn, event.entity)
      return
    case 'pin':
      if (event.entity !== entity) pin(turn, event.entity, event.publicKey)
      return
    case 'turned-away':
      hearTurnedAway(turn, event.holder, event.from)
  }
}

function forgetRivals({ view, now }: Turn): void {
  if (view.own.rivals.length > 0) view.own.rivals = recentRivals(view.own.rivals, now)
  for (const entity of view.contested) {
    const member = view.members.get(entity)
    if (member !== undefined) member.rivals = recentRivals(member.rivals, now)
    if (member === undefined || member.rivals.length === 0) view.contested.delete(entity)
  }
}
