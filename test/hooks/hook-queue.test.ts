import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HookChange } from '../../src/hooks/change.ts'
import { HookQueue } from '../../src/hooks/hook-queue.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import '../support/seed.ts'

const by = '02:00:00:00:00:0a' as EntityId
const change = (key: string, before: unknown, after: unknown): HookChange => ({
  channel: 'device_state',
  key,
  before,
  after,
  by,
})

/** A queue whose runs end when the test says so. */
function setup(concurrency: number, waitingMax = 100) {
  const told: string[] = []
  const ends: (() => void)[] = []
  const queue = new HookQueue({
    concurrency,
    waitingMax,
    run: ({ key, before, after }) => {
      told.push(`${key}: ${String(before)} -> ${String(after)}`)
      return new Promise((resolve) => ends.push(resolve))
    },
  })
  const end = async (): Promise<void> => {
    ends.shift()?.()
    await Promise.resolve()
    await Promise.resolve()
  }
  return { queue, told, end }
}

test('no more run at once than may, and one of a key at a time', async () => {
  const { queue, told, end } = setup(2)
  for (const key of ['a', 'b', 'c']) queue.add(change(key, 'X', 'Y'))
  queue.add(change('a', 'Y', 'Z'))
  expect(told).toEqual(['a: X -> Y', 'b: X -> Y'])
  expect([queue.running, queue.waiting]).toEqual([2, 2])
  await end()
  expect(told.slice(2)).toEqual(['c: X -> Y'])
  await end()
  expect(told.slice(3)).toEqual(['a: Y -> Z'])
  await end()
  await end()
  expect([queue.running, queue.waiting, queue.coalesced, queue.dropped]).toEqual([0, 0, 0, 0])
})

test('changes that wait become one, and there and back becomes none', async () => {
  const { queue, told, end } = setup(1)
  queue.add(change('a', 'X', 'Y'))
  queue.add(change('a', 'Y', 'Z'))
  queue.add(change('a', 'Z', 'W'))
  queue.add(change('b', 'X', 'Y'))
  queue.add(change('b', 'Y', 'X'))
  expect(queue.coalesced).toBe(2)
  await end()
  await end()
  expect(told).toEqual(['a: X -> Y', 'a: Y -> W'])
})

test('what finds no room is dropped and counted; what waits already still becomes one', async () => {
  const { queue, told, end } = setup(1, 2)
  for (const key of ['a', 'b', 'c', 'd', 'e']) queue.add(change(key, 'X', 'Y'))
  queue.add(change('b', 'Y', 'Z'))
  expect([queue.waiting, queue.dropped, queue.coalesced]).toEqual([2, 2, 1])
  for (let turn = 0; turn < 5; turn += 1) await end()
  expect(told).toEqual(['a: X -> Y', 'b: X -> Z', 'c: X -> Y'])
})

test('a closed queue begins nothing', async () => {
  const { queue, told, end } = setup(1)
  for (const key of ['a', 'b']) queue.add(change(key, 'X', 'Y'))
  queue.close()
  queue.add(change('c', 'X', 'Y'))
  await end()
  expect(told).toEqual(['a: X -> Y'])
})

test('whatever comes and ends when: each key is told from where it was told last to where it is', async () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), value: fc.constantFrom('X', 'Y', 'Z') }),
    fc.constant('end' as const),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
      const { queue, told, end } = setup(concurrency)
      const now = new Map<string, string>()
      for (const one of steps) {
        if (one === 'end') await end()
        else if (now.get(one.key) !== one.value) {
          queue.add(change(one.key, now.get(one.key) ?? 'nothing', one.value))
          now.set(one.key, one.value)
        }
        expect(queue.running).toBeLessThanOrEqual(concurrency)
      }
      while (queue.running > 0) await end()
      const last = new Map<string, string>()
      for (const text of told) {
        const [, key = '', before, after = ''] = /^(.*): (.*) -> (.*)$/.exec(text) ?? []
        expect(before).toBe(last.get(key) ?? 'nothing')
        last.set(key, after)
      }
      expect(last).toEqual(now)
    }),
    { numRuns: 300 },
  )
})
