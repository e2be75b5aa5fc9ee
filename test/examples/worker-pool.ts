import { defineChannel, isFiniteNumber, latestReducer, type Channel, type Node } from 'lampfield'

/** How busy each worker is, from 0 to 1, by the worker's name: only the worker itself speaks of it. */
export const load: Channel<number> = defineChannel({
  name: 'load',
  value: isFiniteNumber,
  reducer: latestReducer<number>(),
})

/** Says how busy this worker is. */
export const sayLoad = (worker: Node, share: number): Promise<void> => worker.set(load, worker.name, share)

/** The least loaded worker that is alive, by name; of equal ones the first by name; undefined where there is none. */
export function leastLoaded(node: Node): string | undefined {
  const workers = node.list(load)
  return workers.toSorted((a, b) => a.value - b.value)[0]?.key
}

/** Waits for a worker that is at most so busy, and names it. */
export function freeWorker(node: Node, atMost: number, signal?: AbortSignal): Promise<string> {
  return node.until(
    () => {
      const name = leastLoaded(node)
      return name !== undefined && (node.get(load, name) ?? 1) <= atMost ? name : undefined
    },
    { signal },
  )
}
