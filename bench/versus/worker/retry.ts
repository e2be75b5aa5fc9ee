import { monotonicMs } from '../../worker/monotonic.ts'
import { pause } from '../../worker/pace.ts'

/** Does it again until it succeeds: a server takes a moment until it listens. Fails with the last failure. */
export async function retry<Value>(act: () => Promise<Value>, limitMs = 20_000): Promise<Value> {
  const endMs = monotonicMs() + limitMs
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (monotonicMs() > endMs) throw error
      await pause(50)
    }
  }
}
