import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import { compareLives, type Life } from '../state/version.ts'
import { raiseAlarm } from './alarm.ts'
import type { MembershipEvent } from './event.ts'
import { informEveryMs } from './hearing.ts'
import type { Evidence } from './member.ts'
import { areBothRunning, hearHolder, hearRival } from './rival.ts'
import { sameBytes } from './same.ts'
import type { Turn, View } from './view.ts'

/** Heartbeats out of turn are at least this far apart: whoever accuses must not make the node shout. */
const refuteEveryMs = 100

/** A node that has to take a next life again and again races against a clone of itself. */
const takesMax = 2
const takesWithinMs = 30_000

/** A next life that was asked for and not taken is asked for again after this. */
const takeAgainMs = 5_000

/** Another process with the own key that was not met for so long has gone: while it runs, it is looked for each five seconds. */
const twinFreshMs = 10_000

/**
 * The highest incarnation that a foreign key can push this node above: half of what the wire carries. So nobody can push it to
 * where no next life is left.
 */
const foreignIncarnationMax = 2 ** 47

type AnnouncedEvent = Extract<MembershipEvent, { readonly kind: 'announced' }>

/** Somebody, perhaps this node itself, says that this node's entity lives. */
export function hearOwn(turn: Turn, { announcement }: Evidence, from: PeerId): void {
  const { own } = turn.view
  if (!sameBytes(announcement.publicKey, own.publicKey)) {
    hearBeside(turn, announcement)
    return
  }
  const order = compareLives(announcement.life, own.life)
  if (order > 0) hearLaterSelf(turn, announcement)
  else if (order < 0) hearOlderSelf(turn, announcement, from)
  else if (announcement.sequence > own.sequence) {
    // Nobody but this node draws this life's nonce: whoever speaks in it has copied the running process.
    raiseCloned(turn, own.peer)
    takeNextLife(turn, announcement.life)
  }
}

/**
 * A peer shows an own word of a later life: memory or clock were lost. One that is still to come in this life: the machine was put back
 * to an earlier moment, and what it says now would stay unheard until it has said as much again.
 */
export function hearEvidence(turn: Turn, { announcement }: Evidence): void {
  const { own } = turn.view
  const { entity, publicKey, life, sequence } = announcement
  if (entity !== own.entity) return
  const [isOwnKey, order] = [sameBytes(publicKey, own.publicKey), compareLives(life, own.life)]
  if (order < 0 || (order === 0 && (!isOwnKey || sequence <= own.sequence))) return
  if (isOwnKey) takeNextLife(turn, life)
  else if (life.incarnation <= foreignIncarnationMax && !isClimbing(turn)) takeNextLife(turn, life)
}

/** A peer knows the own entity with another key: it is told here, too, where the person looks who set this server up again. */
export function hearTurnedAway(turn: Turn, holder: PeerId, from: PeerId): void {
  const { entity, peer } = turn.view.own
  if (holder === peer) return
  raiseAlarm(turn, {
    alarm: 'key-conflict',
    entity,
    peers: [holder, peer],
    sentence:
      `This node's entries do not count with others: peer ${from} knows ${entity} as peer ${holder}, and this node is peer ` +
      `${peer}. If this server lost its data directory or replaces another, run "lampfield trust forget ${entity}" on each ` +
      'server that shows an alarm about it; if not, give it another entity ID.',
  })
}

/** Whether another process with this node's key was met or heard of late: whoever hears this node shall know of it. */
export const hasTwin = ({ own, nowMs }: View): boolean => nowMs - own.twinMs < twinFreshMs

/** A process with this node's own key was met. */
export function raiseOwnTwin(turn: Turn): void {
  raiseCloned(turn, turn.view.own.peer)
}

/** This node announces itself: what was heard before is answered by it. */
export function announce({ view }: Turn, { life, sequence, toAll }: AnnouncedEvent): void {
  const { own } = view
  own.life = life
  own.sequence = sequence
  if (toAll) own.refutePending = false
  own.rivals = hearHolder(own.rivals, view.nowMs)
}

/** Somebody suspects this node. */
export function hearAccusation({ view }: Turn): void {
  view.own.refutePending = true
}

/** Refutes, where somebody waits for it and the last time is long enough ago. */
export function refuteIfDue({ view, now, effects }: Turn): void {
  const { own } = view
  if (!own.refutePending || now - own.refutedMs < refuteEveryMs) return
  own.refutePending = false
  own.refutedMs = now
  effects.push({ kind: 'refute' })
}

/** After the race against a clone has been over for a while, takes the life that is above it. */
export function resumeClimbing(turn: Turn): void {
  const { own } = turn.view
  if (own.givenUpMs === undefined || turn.now - own.givenUpMs < takesWithinMs) return
  own.givenUpMs = undefined
  own.takenMs = []
  if (own.highestHeard !== undefined && compareLives(own.highestHeard, own.life) >= 0) ask(turn, own.highestHeard)
}

/** A word of a later life. A new one, not a repeated one, shows that whoever says it is running now. */
function hearLaterSelf(turn: Turn, { life, sequence }: Evidence['announcement']): void {
  const { own } = turn.view
  const order = own.highestHeard === undefined ? 1 : compareLives(life, own.highestHeard)
  const isNews = order > 0 || (order === 0 && sequence > own.highestSequence)
  takeNextLife(turn, life)
  if (!isNews) return
  own.highestSequence = sequence
  if (own.givenUpMs === undefined) return
  own.givenUpMs = turn.now
  raiseCloned(turn, own.peer)
}

function takeNextLife(turn: Turn, above: Life): void {
  const { view, now } = turn
  const { own } = view
  if (own.highestHeard === undefined || compareLives(above, own.highestHeard) > 0) {
    own.highestHeard = above
    own.highestSequence = 0
  }
  if (own.givenUpMs !== undefined) return
  const asked = own.askedAbove !== undefined && compareLives(above, own.askedAbove) <= 0
  if (asked) {
    if (now - own.askedMs >= takeAgainMs) ask(turn, own.askedAbove ?? above)
    return
  }
  if (isClimbing(turn)) {
    own.givenUpMs = now
    raiseCloned(turn, own.peer)
    return
  }
  own.takenMs = [...own.takenMs.slice(1 - takesMax), now]
  ask(turn, above)
}

/** As many next lives were taken lately as one node may take. */
function isClimbing({ view, now }: Turn): boolean {
  return view.own.takenMs.length === takesMax && view.own.takenMs.every((at) => now - at < takesWithinMs)
}

function ask({ view, now, effects }: Turn, above: Life): void {
  view.own.askedAbove = above
  view.own.askedMs = now
  effects.push({ kind: 'take-next-life', above })
}

/** An older life of this node: an echo of itself, or a clone that is behind and is told so. */
function hearOlderSelf(turn: Turn, announcement: Evidence['announcement'], from: PeerId): void {
  const { view, now, effects } = turn
  const { own } = view
  if (!hearBeside(turn, announcement)) return
  if (now - own.informedMs < informEveryMs) return
  own.informedMs = now
  const { entity, publicKey, peer, life } = own
  effects.push({ kind: 'inform', entity, publicKey, peer, via: from, life, evidence: undefined })
}

/**
 * Somebody speaks for this entity beside this node: a second one that runs, or this one before it was started anew or lost its key, on a link
 * that stood still since. False where the word is not newer than the last of that rival.
 */
function hearBeside(turn: Turn, announcement: Evidence['announcement']): boolean {
  const { view, now } = turn
  const { own } = view
  const { rivals, rival } = hearRival(own.rivals, announcement, now)
  own.rivals = rivals
  if (rival === undefined) return false
  if (areBothRunning(rival, own.publicKey, now)) raiseCloned(turn, peerIdOf(rival.publicKey))
  return true
}

function raiseCloned(turn: Turn, other: PeerId): void {
  const { own } = turn.view
  const { entity, peer } = own
  if (other === peer) {
    // Others may be linked with one of the two only: they are told at once.
    if (!hasTwin(turn.view)) own.refutePending = true
    own.twinMs = turn.now
  }
  raiseAlarm(turn, {
    alarm: 'cloned-entity',
    entity,
    peers: other === peer ? [peer] : [peer, other],
    sentence:
      other === peer
        ? `Another running node has this node's entity ID ${entity} and its key: a copy of its data directory. Stop ` +
          'that node and remove its data directory.'
        : `Another running node, peer ${other}, has this node's entity ID ${entity}. Give one of them another entity ID.`,
  })
}
