import type { EntityId } from '../state/entity-id.ts'
import type { MemberStanding } from './views.ts'

/** One key's cluster state is another than before. */
export interface ChangeEvent<Value = unknown> {
  readonly channel: string
  readonly key: string
  /** Undefined where no live entity said anything. */
  readonly before: Value | undefined
  /** Undefined where no live entity says anything any more. */
  readonly after: Value | undefined
  /** The entity whose entry, arrival or departure caused it. */
  readonly by: EntityId
  /** As in `ValueView`: only on channels that are defined with `stampShown`. */
  readonly sinceMs?: number
}

/** One entity's entry is another than before, whether or not the cluster state changed with it. */
export interface EntryEvent<Value = unknown> {
  readonly channel: string
  readonly key: string
  readonly entity: EntityId
  readonly before: Value | undefined
  readonly after: Value | undefined
  /**
   * Milliseconds from the write to its arrival here, as far as the two servers' clocks agree. Undefined for own entries, removals, and
   * what was written before both nodes were there.
   */
  readonly delayMs: number | undefined
}

/** What this node thinks of another is another than before. */
export interface MemberEvent {
  readonly entity: EntityId
  readonly name: string
  /** Undefined at first sight. */
  readonly from: MemberStanding | undefined
  readonly to: MemberStanding
  /** It came back in a new life. */
  readonly restarted: boolean
}

/** An entity said something of a key that nobody keeps: the cluster state is as before. */
export interface PassingEvent<Value = unknown> {
  readonly channel: string
  readonly key: string
  readonly entity: EntityId
  readonly value: Value
}

/** Something a person should look at. */
export interface AlarmEvent {
  readonly kind:
    | 'cloned-entity'
    | 'key-conflict'
    | 'no-room'
    | 'not-kept'
    | 'disagreement'
    | 'foreign-version'
    | 'misconduct'
  readonly entity: EntityId | undefined
  readonly sentence: string
  /** `begun` and `over` for what lasts, `once` for what happened. */
  readonly phase: 'begun' | 'over' | 'once'
}

/**
 * Everything a node tells, by event name. Order: a key's changes come in the order in which they happened; a member is `alive`
 * before it is anything else; the changes that a member's arrival or departure causes follow its `member` event.
 */
export interface NodeEvents {
  change: ChangeEvent
  entry: EntryEvent
  member: MemberEvent
  alarm: AlarmEvent
  passing: PassingEvent
}

/** Tells an event to whoever listens. */
export type Tell = <Name extends keyof NodeEvents>(name: Name, detail: NodeEvents[Name]) => void
