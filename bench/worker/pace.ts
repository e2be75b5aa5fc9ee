import { monotonicMs } from './monotonic.ts'

/**
 * Acts again and again, `gapMs` apart, give or take half, so that no rhythm of what is measured hides in the rhythm of the measuring.
 * Resolves with the times at which each act began.
 */
export async function paced(
  count: number,
  gapMs: number,
  act: (index: number) => void | Promise<void>,
): Promise<number[]> {
  const times: number[] = []
  for (let index = 0; index < count; index += 1) {
    // Evenly spread over the gap in an order that is the same in every run: the golden ratio's multiples.
    const spread = 0.5 + ((index * 0.618_033_988_75) % 1)
    await pause(gapMs * spread)
    times.push(monotonicMs())
    await act(index)
  }
  return times
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Lets the event loop go round once, input and output included. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
