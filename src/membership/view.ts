import type { EntityId } from '../state/entity-id.ts'
import { peerIdOf, type PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import { defaultMembershipConfig, type MembershipConfig } from './config.ts'
import type { Alarm, MembershipEffect } from './effect.ts'
import type { Evidence, MemberRecord } from './member.ts'
import type { Rival } from './rival.ts'

/** This node itself. */
export interface Own {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly peer: PeerId
  life: Life
  /** Of the last heartbeat it sent in this life; 0 before the first. */
  sequence: number
  /** When it last refuted, and whether another accusation waits. */
  refutedMs: number
  refutePending: boolean
  /** The life above which the next one was last asked for, and when. */
  askedAbove: Life | undefined
  askedMs: number
  /** When the last next lives were asked for. */
  takenMs: readonly number[]
  /** The highest later life of the own entity that was heard, and the highest sequence in it. */
  highestHeard: Life | undefined
  highestSequence: number
  /** Climbing was given up: when new words of a later life were last heard. Undefined while it is not. */
  givenUpMs: number | undefined
  rivals: readonly Rival[]
  informedMs: number
  /** When another process with this node's key was last met or heard. */
  twinMs: number
}

/** What is known of an entity that is no member: whose key it has, and the lowest life of it that is heard. */
export interface Remembrance {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly life: Life
  /** Of the newest announcement of that life that was heard; 0 where only the disk knows of it. */
  readonly sequence: number
  informedMs: number
  /** It was once a linked member. */
  readonly linked: boolean
  /** The how manieth entity it was that this node met, over all its runs. */
  readonly seen: number
  /** A person has said that it has this key. */
  pinned: boolean
  /** Its own signed word of its latest life, where one was heard. */
  readonly evidence: Evidence | undefined
}

/** An alarm that stands. */
export interface StandingAlarm extends Alarm {
  readonly sinceMs: number
  /** When it was last told. */
  raisedMs: number
  /** When its reason was last seen. */
  seenMs: number
}

/** Counts since the start; they only grow. */
export interface MembershipCounters {
  /** Announcements that told nothing new: duplicates and late ones. */
  stale: number
  /** Announcements of an older life than is known. */
  late: number
  /** Announcements for a bound entity with a foreign key. */
  claims: number
  suspicions: number
  /** Suspicions that were contradicted in time. */
  refuted: number
  deaths: number
  /** Members that were down and came back in the same life: partitions healed, or false deaths. */
  returns: number
  restarts: number
  farewells: number
  refused: number
  /** Stalls of the own process, and how long they were together. */
  stalls: number
  stalledMs: number
}

/** All that the membership knows. Read it freely; only `step` changes it. */
export interface View {
  readonly config: MembershipConfig
  readonly own: Own
  /** The others, by entity ID. */
  readonly members: Map<EntityId, MemberRecord>
  /** Peers to which a link is up. */
  readonly links: Set<PeerId>
  /** Entities that are no members. */
  readonly remembered: Map<EntityId, Remembrance>
  /** What the next entity that is met is numbered. */
  nextSeen: number
  /** By kind and entity. */
  readonly alarms: Map<string, StandingAlarm>
  readonly counters: MembershipCounters
  /** When this node started. */
  readonly startedMs: number
  /** How much this node distrusts its own punctuality: 0, trusted, to `awarenessMax`. */
  awareness: number
  /** When `awareness` last changed. */
  awarenessMs: number
  /** When the next tick should come. */
  tickDueMs: number
  /** No member has to be judged before this: ticks are many, and members may be a thousand. */
  judgeAtMs: number
  /** Members beside whom somebody speaks in their name: few, where members may be a thousand. */
  readonly contested: Set<EntityId>
  /** The last tick came late and judged nobody. */
  tickSkipped: boolean
  /** Until then a closed link tells more of this node's own stall than of its peer. */
  graceUntilMs: number
  /** The latest time that was told. */
  nowMs: number
}

/** One step at work: what it reads and changes, and what it brings about. */
export interface Turn {
  readonly view: View
  readonly now: number
  readonly effects: MembershipEffect[]
}

/** Who the observer is. */
export interface Self {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly life: Life
}

/** The view of a node that knows nobody. `now` is monotonic milliseconds; ticks are expected from now on. */
export function createView(self: Self, now: number, config: MembershipConfig = defaultMembershipConfig): View {
  return {
    config,
    own: createOwn(self),
    members: new Map(),
    links: new Set(),
    remembered: new Map(),
    nextSeen: 1,
    alarms: new Map(),
    counters: {
      stale: 0,
      late: 0,
      claims: 0,
      suspicions: 0,
      refuted: 0,
      deaths: 0,
      returns: 0,
      restarts: 0,
      farewells: 0,
      refused: 0,
      stalls: 0,
      stalledMs: 0,
    },
    startedMs: now,
    awareness: 0,
    awarenessMs: now,
    tickDueMs: now + config.tickMs,
    judgeAtMs: Number.POSITIVE_INFINITY,
    contested: new Set(),
    tickSkipped: false,
    graceUntilMs: Number.NEGATIVE_INFINITY,
    nowMs: now,
  }
}

function createOwn({ entity, publicKey, life }: Self): Own {
  return {
    entity,
    publicKey,
    peer: peerIdOf(publicKey),
    life,
    sequence: 0,
    refutedMs: Number.NEGATIVE_INFINITY,
    refutePending: false,
    askedAbove: undefined,
    askedMs: Number.NEGATIVE_INFINITY,
    takenMs: [],
    highestHeard: undefined,
    highestSequence: 0,
    givenUpMs: undefined,
    rivals: [],
    informedMs: Number.NEGATIVE_INFINITY,
    twinMs: Number.NEGATIVE_INFINITY,
  }
}
