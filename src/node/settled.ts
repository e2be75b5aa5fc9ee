import { Failure } from '../runtime/failure.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { CheckReport } from './views.ts'

/** Between two comparisons with all members, while they differ. */
const lookAgainMs = 250

/** Compares again and again, until no reachable member differs. */
export async function settled(
  check: () => Promise<CheckReport>,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<CheckReport> {
  for (;;) {
    if (signal?.aborted === true) throw aborted(signal)
    const report = await check()
    if (report.members.every(({ verdict }) => verdict !== 'differs')) return report
    await pause(clock, lookAgainMs, signal)
  }
}

const aborted = (signal: AbortSignal): Failure =>
  new Failure('aborted', 'waiting for agreement was aborted', { cause: signal.reason })
