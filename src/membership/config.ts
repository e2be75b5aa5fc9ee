import { parsed, unparsed, type Parsed } from '../state/parsed.ts'

/** How death is told from silence. All times in milliseconds. */
export interface MembershipConfig {
  /** Period of the own heartbeats. Twice as slow is twice as cheap and twice as late. */
  readonly heartbeatMs: number
  /**
   * The slowest heartbeat a member may announce; a slower one is taken as this. Without the bound a member could ask never
   * to be missed, and its lamps would stick.
   */
  readonly heartbeatMaxMs: number
  /** Heartbeats in a row that may be missed: silent for `missedMax` x its own period, a member is suspect. */
  readonly missedMax: number
  /** From suspect, for silence, to down. Time for an accusation to reach the member and for its answer to come back. */
  readonly suspicionMs: number
  /** The same where the last connection was closed: the kernel has seen the process end, or the link break. */
  readonly closedSuspicionMs: number
  /** A member that is down or left for this long is forgotten, all but its key and its life. */
  readonly forgetMs: number
  /** How often the node has to give a `tick`. */
  readonly tickMs: number
  /** A tick later than this was held up by a stall of the own process, and nobody is blamed for that time. */
  readonly stallMs: number
  /** Others hang up on whoever is silent for four seconds. A stall of the own process shorter than this is no reason for them to. */
  readonly hangUpMs: number
  /** Until so long after the start of the node its stalls, but for such long ones, tell nothing of later ones: a program that starts is slow once. */
  readonly startMs: number
  /** Upper end of the awareness of own slowness; every suspicion lasts (1 + awareness) times as long. */
  readonly awarenessMax: number
  /** Members at most, whatever their status. */
  readonly membersMax: number
}

export const defaultMembershipConfig: MembershipConfig = Object.freeze({
  heartbeatMs: 1000,
  heartbeatMaxMs: 10_000,
  missedMax: 3,
  suspicionMs: 1000,
  closedSuspicionMs: 600,
  forgetMs: 86_400_000,
  tickMs: 100,
  stallMs: 400,
  hangUpMs: 2500,
  startMs: 10_000,
  awarenessMax: 8,
  membersMax: 1024,
})

/** The defaults with changes, or the first relation that does not hold, as a sentence. */
export function resolveMembershipConfig(changes: Partial<MembershipConfig> = {}): Parsed<MembershipConfig> {
  const config: MembershipConfig = Object.freeze({ ...defaultMembershipConfig, ...changes })
  for (const [name, value] of Object.entries(config)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return unparsed(`${name} is a number`)
    if (value <= 0 && name !== 'awarenessMax' && name !== 'startMs') return unparsed(`${name} is above 0`)
  }
  for (const [holds, relation] of relations(config)) if (!holds) return unparsed(relation)
  return parsed(config)
}

function relations(config: MembershipConfig): readonly (readonly [boolean, string])[] {
  const { heartbeatMs, heartbeatMaxMs, missedMax, suspicionMs, closedSuspicionMs, tickMs, stallMs } = config
  return [
    [Number.isInteger(missedMax), 'missedMax is a whole number'],
    [Number.isInteger(config.membersMax), 'membersMax is a whole number'],
    [Number.isInteger(config.awarenessMax) && config.awarenessMax >= 0, 'awarenessMax is a whole number from 0'],
    [
      heartbeatMs <= heartbeatMaxMs,
      'heartbeatMs is at most heartbeatMaxMs, or own heartbeats would be missed too early',
    ],
    [tickMs <= heartbeatMs, 'tickMs is at most heartbeatMs, or deadlines would be met a whole period late'],
    [tickMs <= stallMs, 'stallMs is at least tickMs, or every jitter of a timer would be a stall'],
    [stallMs <= closedSuspicionMs, 'stallMs is at most closedSuspicionMs, or an unseen stall could eat a suspicion'],
    [
      closedSuspicionMs <= suspicionMs,
      'closedSuspicionMs is at most suspicionMs: a closed link says more than silence',
    ],
    [
      config.forgetMs >= detectionBoundMs(config, heartbeatMaxMs, config.awarenessMax),
      'forgetMs outlasts any suspicion',
    ],
  ]
}

/**
 * The latest that a silent member is down, after its last heartbeat was heard (invariant 5): missedMax x its heartbeat
 * + suspicionMs x (1 + awareness) + four ticks (two to notice each step, of which a late one may judge nobody). In the
 * observer's own healthy time: its stalls come on top, and so does what had passed of a suspicion that a stall began anew, twice at the most.
 */
export function detectionBoundMs(config: MembershipConfig, heartbeatMs: number, awareness: number): number {
  return config.missedMax * heartbeatMs + config.suspicionMs * (1 + awareness) + 4 * config.tickMs
}
