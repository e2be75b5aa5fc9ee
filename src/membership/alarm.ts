import type { EntityId } from '../state/entity-id.ts'
import type { Alarm, AlarmKind } from './effect.ts'
import { rivalSilenceMs } from './rival.ts'
import type { Turn } from './view.ts'

/** While its reason lasts, an alarm is told again this often. */
const alarmRepeatMs = 10_000

/** Alarms that stand at once: a cluster with more has one reason, and nobody reads the rest. */
export const alarmsMax = 256

const alarmKey = (alarm: AlarmKind, entity: EntityId): string => `${alarm} ${entity}`

/** The reason for an alarm was seen, for the first time or again. */
export function raiseAlarm({ view, now, effects }: Turn, alarm: Alarm): void {
  const key = alarmKey(alarm.alarm, alarm.entity)
  const standing = view.alarms.get(key)
  if (standing === undefined) {
    if (view.alarms.size >= alarmsMax) return
    view.alarms.set(key, { ...alarm, sinceMs: now, raisedMs: now, seenMs: now })
    effects.push({ kind: 'alarm', ...alarm })
    return
  }
  standing.seenMs = now
  if (now - standing.raisedMs < alarmRepeatMs) return
  standing.raisedMs = now
  effects.push({ kind: 'alarm', ...alarm })
}

/** The reason is known to be gone. */
export function clearAlarm({ view, effects }: Turn, alarm: AlarmKind, entity: EntityId): void {
  if (view.alarms.delete(alarmKey(alarm, entity))) effects.push({ kind: 'alarm-cleared', alarm, entity })
}

/** Clears the alarms whose reason has not been seen for as long as a rival may be silent. */
export function clearOldAlarms(turn: Turn): void {
  for (const { alarm, entity, seenMs } of turn.view.alarms.values()) {
    if (turn.now - seenMs >= rivalSilenceMs) clearAlarm(turn, alarm, entity)
  }
}
