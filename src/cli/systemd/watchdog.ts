import { every, type Cancel, type Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'

export interface WatchdogOptions {
  readonly clock: Clock
  readonly log: Log
  /** The manager restarts the service when it hears nothing for so long, in milliseconds. */
  readonly limitMs: number
  /** What is wrong with the node, as a sentence; undefined when it is well. */
  readonly ailment: () => Promise<string | undefined>
  /** Tells the manager that the node is well. */
  readonly beat: () => Promise<void>
}

/**
 * Says twice in each limit that the node is well, and only then: a loop that hangs does not come here, a node that is ill is told of
 * in the log, and the manager restarts it when that lasts.
 */
export function startWatchdog({ clock, log, limitMs, ailment, beat }: WatchdogOptions): Cancel {
  let isLooking = false
  const look = async (): Promise<void> => {
    // A look that hangs is as good as none.
    if (isLooking) return
    isLooking = true
    const found = await ailment().catch((error: unknown) => String(error))
    isLooking = false
    if (found === undefined) await beat()
    else log.error(`the node is not well: ${found}; the service manager will restart it if that lasts`)
  }
  return every(clock, limitMs / 2, () => void look())
}

/** What is looked at. */
export interface NodePulse {
  /** Answers as any command would be answered: rejects where the control interface does not. */
  readonly isRunning: () => Promise<boolean>
  /** Heartbeats sent since the start. */
  readonly heartbeats: () => number
  /** Between two heartbeats at most this much may pass, in milliseconds. */
  readonly heartbeatMaxMs: number
}

/** Looks whether a node is well: it answers its own control interface, and its heartbeats go out. */
export function nodeAilment(clock: Clock, pulse: NodePulse): () => Promise<string | undefined> {
  let [beats, beatMs] = [pulse.heartbeats(), clock.now()]
  return async () => {
    const isRunning = await pulse.isRunning().catch(() => undefined)
    if (isRunning === undefined) return 'its control interface does not answer'
    if (!isRunning) return 'it does not run'
    const now = clock.now()
    if (pulse.heartbeats() !== beats) [beats, beatMs] = [pulse.heartbeats(), now]
    if (now - beatMs <= pulse.heartbeatMaxMs) return undefined
    return `it has sent no heartbeat for ${Math.round((now - beatMs) / 1000)} s`
  }
}
