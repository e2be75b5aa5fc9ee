import { defineChannel, isFiniteNumber, maxReducer, sumReducer, type Channel, type Node } from 'lampfield'

/** Jobs under way, by queue: what each worker says is added up. */
export const jobs: Channel<number> = defineChannel({ name: 'jobs', value: isFiniteNumber, reducer: sumReducer })

/** Milliseconds the oldest job of a queue has waited: the longest wait of any worker counts. */
export const longestWait: Channel<number> = defineChannel({
  name: 'longest_wait',
  value: isFiniteNumber,
  reducer: maxReducer,
})

/** Says what this worker does. What it said is gone from both folds as soon as it is. */
export async function report(node: Node, queue: string, load: { jobs: number; waitMs: number }): Promise<void> {
  await node.set(jobs, queue, load.jobs)
  await node.set(longestWait, queue, load.waitMs)
}

/** One line for each queue. */
export function summary(node: Node): string[] {
  return node.list(jobs).map(({ key, value }) => {
    return `${key}: ${value} jobs, longest wait ${node.get(longestWait, key) ?? 0} ms`
  })
}
