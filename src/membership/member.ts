import type { Announcement, ChannelRole, DocumentStand } from '../state/announcement.ts'
import type { EntityId } from '../state/entity-id.ts'
import type { PeerId } from '../state/peer-id.ts'
import type { Life } from '../state/version.ts'
import type { Rival } from './rival.ts'

/**
 * - `alive`: heard in time.
 * - `suspect`: silent, or its link was closed; it still counts, and is given time to contradict.
 * - `down`: did not contradict; counts nowhere, and is welcome back.
 * - `left`: said farewell; counts nowhere, and only a new life brings it back.
 */
export type MemberStatus = 'alive' | 'suspect' | 'down' | 'left'

/** Whether a member of this status counts in the fold. */
export const isCounted = (status: MemberStatus): boolean => status === 'alive' || status === 'suspect'

/** A member's own signed word: proof of its life to anyone who has its key. */
export interface Evidence {
  readonly announcement: Announcement
  readonly signature: Uint8Array
}

/** What this node knows of another. Times are the observer's monotonic milliseconds. */
export interface Member {
  readonly entity: EntityId
  readonly publicKey: Uint8Array
  readonly peer: PeerId
  readonly life: Life
  /** When its present life was first heard of. */
  readonly begunMs: number
  /** Of the newest announcement of this life that was heard. */
  readonly sequence: number
  readonly name: string
  readonly addresses: readonly string[]
  readonly channels: readonly ChannelRole[]
  /** As announced, within the bounds of the configuration. */
  readonly heartbeatMs: number
  readonly stands: readonly DocumentStand[]
  readonly status: MemberStatus
  readonly statusSinceMs: number
  /** When a newer announcement was last heard; moved on by the time the observer itself was stalled. */
  readonly lastHeardMs: number
  /** Whether a direct link to its peer is up. A member may well be alive without. */
  readonly connected: boolean
  /** When a suspect will be down; undefined in any other status. */
  readonly suspicionDeadlineMs: number | undefined
  /** Its newest announcement as it was signed. */
  readonly evidence: Evidence
}

type Mutable<Readable> = { -readonly [Name in keyof Readable]: Readable[Name] }

/** A member as the step function keeps it, with what only the step function needs. */
export interface MemberRecord extends Mutable<Member> {
  /** Its peer was once linked, and speaks for no other member: not a name that somebody made up. */
  linked: boolean
  /** The how manieth entity it was that this node met, over all its runs. */
  readonly seen: number
  /** A person has said that it has this key. */
  pinned: boolean
  /** Others that speak in its name. */
  rivals: readonly Rival[]
  /** Suspect since its last link was closed, not for silence. */
  closed: boolean
  /** While suspect for a closed link: one newer word was heard since, which may have been on its way when the link closed. */
  contradicted: boolean
  /** How often a stall of this node has renewed the present suspicion. */
  renewals: number
  /** When somebody who speaks in its name from an older life was last told so. */
  informedMs: number
}

/** A copy that later steps do not change. */
export function snapshot(record: MemberRecord): Member {
  const {
    linked: _linked,
    seen: _seen,
    pinned: _pinned,
    rivals: _rivals,
    closed: _closed,
    contradicted: _contradicted,
    renewals: _renewals,
    informedMs: _informedMs,
    ...member
  } = record
  return member
}
