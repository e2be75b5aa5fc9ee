import { expect, test } from 'vitest'
import { Outbox } from '../../src/node/outbox.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'

interface Batch {
  readonly atMs: number
  readonly changes: Record<string, string | undefined>
}

const setup = (publishTakesMs = 0): { clock: VirtualClock; outbox: Outbox; batches: Batch[] } => {
  const clock = new VirtualClock()
  const batches: Batch[] = []
  const outbox = new Outbox({
    clock,
    coalesceMs: 2,
    publish: (_channel, changes) => {
      const texts = [...changes].map(([key, bytes]) => [key, bytes === undefined ? undefined : String(bytes)])
      batches.push({ atMs: clock.now(), changes: Object.fromEntries(texts) as Batch['changes'] })
      return new Promise((resolve) => {
        if (publishTakesMs === 0) resolve()
        else clock.after(publishTakesMs, resolve)
      })
    },
  })
  return { clock, outbox, batches }
}

const value = (number: number): Uint8Array => Uint8Array.of(number)

test('the first change after quiet leaves at the end of its turn, before time passes', async () => {
  const { clock, outbox, batches } = setup()
  outbox.add('c', 'a', value(1))
  expect(batches).toEqual([])
  await clock.advanceAsync(0)
  expect(batches).toEqual([{ atMs: 0, changes: { a: '1' } }])
})

test('a burst of one turn leaves as one batch, also when its writer awaits between', async () => {
  const { clock, outbox, batches } = setup()
  for (const key of ['a', 'b', 'c']) {
    outbox.add('c', key, value(1))
    await Promise.resolve()
  }
  await clock.advanceAsync(10)
  expect(batches).toEqual([{ atMs: 0, changes: { a: '1', b: '1', c: '1' } }])
})

test('what is flushed leaves within the call', () => {
  const { outbox, batches } = setup()
  outbox.add('c', 'a', value(1))
  outbox.flush()
  expect(batches).toEqual([{ atMs: 0, changes: { a: '1' } }])
})

test('a storm is gathered, the last value of each key', async () => {
  const { clock, outbox, batches } = setup()
  outbox.add('c', 'a', value(1))
  await clock.advanceAsync(0)
  for (let number = 1; number <= 100; number += 1) {
    outbox.add('c', 'a', value(number))
    outbox.add('c', 'b', value(number))
  }
  outbox.add('c', 'b', undefined)
  expect(outbox.size).toBe(2)
  await clock.advanceAsync(2)
  expect(batches).toEqual([
    { atMs: 0, changes: { a: '1' } },
    { atMs: 2, changes: { a: '100', b: undefined } },
  ])
  expect(outbox.size).toBe(0)
})

test('in a lasting storm the batches grow, and with the storm ends the growth', async () => {
  const { clock, outbox, batches } = setup()
  for (let turn = 0; turn < 120; turn += 1) {
    for (let key = 0; key < 100; key += 1) outbox.add('c', `${turn}/${key}`, value(1))
    await clock.advanceAsync(1)
  }
  const gaps = batches.map(({ atMs }, at) => atMs - (batches[at - 1]?.atMs ?? 0))
  expect(gaps.slice(0, 6)).toEqual([0, 2, 4, 8, 16, 16])
  expect(Math.max(...gaps)).toBe(16)
  await clock.advanceAsync(40)
  batches.length = 0
  const endMs = clock.now()
  for (const key of ['a', 'b', 'c']) {
    outbox.add('c', key, value(1))
    await clock.advanceAsync(1)
  }
  await clock.advanceAsync(2)
  expect(batches.map(({ atMs }) => atMs - endMs)).toEqual([0, 2, 4])
})

test('where two come in each window it grows to four of them, and not where they come half as fast', async () => {
  const run = async (everyMs: number): Promise<number[]> => {
    const { clock, outbox, batches } = setup()
    for (let key = 0; key < 200; key += 1) {
      outbox.add('c', `${key}`, value(1))
      await clock.advanceAsync(everyMs)
    }
    return batches.slice(-5).map(({ changes }) => Object.keys(changes).length)
  }
  expect(new Set(await run(0.5))).toEqual(new Set([16]))
  expect(new Set(await run(2))).toEqual(new Set([1]))
})

test('after the storm, one change is fast again', async () => {
  const { clock, outbox, batches } = setup()
  outbox.add('c', 'a', value(1))
  await clock.advanceAsync(10)
  outbox.add('c', 'a', value(2))
  await clock.advanceAsync(0)
  expect(batches.map(({ atMs }) => atMs)).toEqual([0, 10])
})

test('changes gather while a publish is on its way', async () => {
  const { clock, outbox, batches } = setup(20)
  outbox.add('c', 'a', value(1))
  await clock.advanceAsync(5)
  outbox.add('c', 'b', value(2))
  await clock.advanceAsync(30)
  expect(batches.map(({ changes }) => changes)).toEqual([{ a: '1' }, { b: '2' }])
  expect(batches[1]?.atMs).toBeGreaterThanOrEqual(20)
})

test('a publish that hangs does not hold the next ones back for ever (invariant 8)', async () => {
  const { clock, outbox, batches } = setup(1e9)
  outbox.add('c', 'a', value(1))
  await clock.advanceAsync(0)
  outbox.add('c', 'a', value(2))
  await clock.advanceAsync(200)
  expect(batches.map(({ changes }) => changes)).toEqual([{ a: '1' }, { a: '2' }])
})

test('closing publishes what waits', () => {
  const { clock, outbox, batches } = setup()
  outbox.add('c', 'a', value(1))
  outbox.add('c', 'b', value(2))
  outbox.close()
  expect(batches.map(({ changes }) => changes)).toEqual([{ a: '1', b: '2' }])
  expect(clock.pending).toBe(0)
})
