import type { PeerId } from '../state/peer-id.ts'
import { compareLives } from '../state/version.ts'
import type { Member, MemberRecord } from './member.ts'
import { changeStatus, forgetMember, judgeInTime, noteLink, silenceMs } from './roster.ts'
import type { Turn } from './view.ts'

/** Stalls that give a suspicion its whole time again. */
const renewalsMax = 2

/** Awareness sinks by one with each healthy second. */
const awarenessDecayMs = 1000

/**
 * Notices that this node itself was held up (Lifeguard: Dadgar, Phillips, Currey, "Lifeguard: Local Health Awareness for
 * More Accurate Failure Detection", 2017). A tick that is overdue by more than `stallMs`, seen at whatever event comes first,
 * is a stall: for that long nobody could be heard, so all deadlines move by it and awareness rises. Returns how late the
 * tick is, in milliseconds; 0 when it is not.
 */
export function noticeStall(turn: Turn): number {
  const { view, now } = turn
  const { config } = view
  const lateMs = Math.max(0, now - view.tickDueMs)
  if (lateMs <= config.stallMs) return lateMs
  view.counters.stalls += 1
  view.counters.stalledMs += lateMs
  view.tickDueMs = now + config.tickMs
  const isLong = lateMs >= config.hangUpMs
  if (isLong || now - view.startedMs >= config.startMs) {
    // The worse the stall, the more of the others has closed its links and has to be found again.
    const raise = 1 + Math.floor(lateMs / config.heartbeatMs)
    view.awareness = Math.min(config.awarenessMax, view.awareness + raise)
    view.awarenessMs = now
  }
  if (isLong) view.graceUntilMs = now + config.missedMax * config.heartbeatMs
  // Who was accused just before the stall may have contradicted in vain: a suspicion begins anew. But not with every stall, or a
  // node that stalls again and again would count the dead for ever.
  for (const member of view.members.values()) {
    member.lastHeardMs = Math.min(now, member.lastHeardMs + lateMs)
    if (member.suspicionDeadlineMs !== undefined) {
      const shiftedMs = member.suspicionDeadlineMs + lateMs
      const freshMs = now + (member.closed ? closedSuspicionMs(turn) : suspicionMs(turn))
      member.suspicionDeadlineMs = member.renewals < renewalsMax ? Math.max(shiftedMs, freshMs) : shiftedMs
      member.renewals += 1
    }
  }
  for (const alarm of view.alarms.values()) alarm.seenMs = Math.min(now, alarm.seenMs + lateMs)
  return lateMs
}

/** Time has passed: judges who is silent, who has been suspect for long enough, and who can be forgotten. */
export function tick(turn: Turn, lateMs: number): void {
  const { view, now } = turn
  view.tickDueMs = now + view.config.tickMs
  while (view.awareness > 0 && now - view.awarenessMs >= awarenessDecayMs) {
    view.awareness -= 1
    view.awarenessMs += awarenessDecayMs
  }
  // What arrived while this tick was late still lies unread in the sockets, and may contradict: hear it first. But not
  // twice in a row, or a node that is always late would never find anyone dead.
  view.tickSkipped = lateMs > view.config.tickMs / 2 && !view.tickSkipped
  if (view.tickSkipped || now < view.judgeAtMs) return
  view.judgeAtMs = Number.POSITIVE_INFINITY
  for (const member of view.members.values()) {
    judge(turn, member)
    judgeInTime(view, member)
  }
}

/** A link is up. It is no sign of life by itself, but a suspicion for its having been closed is now one for silence only. */
export function connect(turn: Turn, peer: PeerId): void {
  const { view } = turn
  view.links.add(peer)
  for (const member of view.members.values()) {
    if (member.peer !== peer) continue
    member.connected = true
    noteLink(turn, member)
    if (!member.closed) continue
    if (member.contradicted) {
      // It has spoken since, and the link is back: both together are what two words would be.
      changeStatus(turn, member, 'alive')
      continue
    }
    // The extension hangs on the last heartbeat, not on the connection: a flapping link cannot put it off for ever.
    member.closed = false
    const silentMs = member.lastHeardMs + silenceMs(view, member) + suspicionMs(turn)
    member.suspicionDeadlineMs = Math.max(member.suspicionDeadlineMs ?? silentMs, silentMs)
  }
}

/** The last link is gone: its peer is suspect at once, with less time to contradict. */
export function disconnect(turn: Turn, peer: PeerId): void {
  const { view, now } = turn
  view.links.delete(peer)
  for (const member of view.members.values()) {
    if (member.peer !== peer) continue
    member.connected = false
    if (member.status === 'alive') suspect(turn, member, closedSuspicionMs(turn))
    else if (member.status === 'suspect') {
      const deadlineMs = now + closedSuspicionMs(turn)
      member.suspicionDeadlineMs = Math.min(member.suspicionDeadlineMs ?? deadlineMs, deadlineMs)
      judgeInTime(view, member)
    } else continue
    member.closed = true
  }
}

/**
 * Somebody else suspects a member. Whoever has a link of its own judges for itself; without one, in a cluster too large for all to be
 * linked, this is how the end of a link that others had is heard of. The member hears the same accusation and contradicts.
 */
export function hearSuspicion(turn: Turn, accused: Pick<Member, 'entity' | 'life' | 'sequence'>): void {
  const member = turn.view.members.get(accused.entity)
  if (member === undefined || member.status !== 'alive' || member.connected) return
  if (compareLives(accused.life, member.life) !== 0 || member.sequence > accused.sequence) return
  member.suspicionDeadlineMs = turn.now + suspicionMs(turn)
  changeStatus(turn, member, 'suspect')
}

/**
 * A newer word of a member that is not alive: it lives. Only where its link was closed and is not back, one word is not
 * enough: it may have been on its way through others when its sender died. Then it is accused once more, and has to speak again.
 */
export function acquit(turn: Turn, member: MemberRecord): void {
  if (member.status !== 'suspect' || !member.closed || member.connected || member.contradicted) {
    changeStatus(turn, member, 'alive')
    return
  }
  member.contradicted = true
  member.suspicionDeadlineMs = turn.now + closedSuspicionMs(turn)
  judgeInTime(turn.view, member)
  accuse(turn, member)
}

function judge(turn: Turn, member: MemberRecord): void {
  const { view, now } = turn
  switch (member.status) {
    case 'alive':
      if (now - member.lastHeardMs >= silenceMs(turn.view, member)) suspect(turn, member, suspicionMs(turn))
      return
    case 'suspect':
      if (now >= (member.suspicionDeadlineMs ?? now)) changeStatus(turn, member, 'down')
      return
    case 'down':
    case 'left':
      if (now - member.statusSinceMs >= view.config.forgetMs) forgetMember(turn, member)
  }
}

function suspect(turn: Turn, member: MemberRecord, forMs: number): void {
  member.suspicionDeadlineMs = turn.now + forMs
  changeStatus(turn, member, 'suspect')
  accuse(turn, member)
}

function accuse({ effects }: Turn, { entity, life, sequence }: MemberRecord): void {
  effects.push({ kind: 'accuse', entity, life, sequence })
}

const suspicionMs = ({ view }: Turn): number => view.config.suspicionMs * (1 + view.awareness)

/**
 * Shortly after a long own stall the others' having hung up says nothing of them: it counts like silence. Else the end of a link is seen by the
 * kernels, whose word does not depend on how slow this process is; only to hear the contradiction it may need twice the time.
 */
function closedSuspicionMs(turn: Turn): number {
  const { view, now } = turn
  if (now < view.graceUntilMs) return suspicionMs(turn)
  return view.config.closedSuspicionMs * (1 + Math.min(view.awareness, 1))
}
