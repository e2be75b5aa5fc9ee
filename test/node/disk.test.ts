import { expect, test } from 'vitest'
import { Disk } from '../../src/node/disk.ts'
import { Failure } from '../../src/runtime/failure.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { MemoryDisk } from '../../src/storage/memory-store.ts'
import type { Store, StoreWrite } from '../../src/storage/store.ts'

const put = (key: string, text: string): StoreWrite => ({ key, value: Buffer.from(text) })

/** A store whose disk is full while `full` is set, and that answers a write only when `answer` is called while `slow` is set. */
class Setup {
  readonly clock = new VirtualClock()
  readonly told: (string | undefined)[] = []
  /** When the store was asked to write. */
  readonly tries: number[] = []
  full = false
  slow = false
  readonly disk: Disk
  readonly #memory: MemoryDisk
  readonly #waiting: (() => void)[] = []

  private constructor(memory: MemoryDisk, store: Store) {
    this.#memory = memory
    const write = (writes: readonly StoreWrite[]): Promise<void> => this.#write(store, writes)
    const { get, list, close } = store
    this.disk = new Disk({
      clock: this.clock,
      ails: (why) => this.told.push(why),
      store: { get: get.bind(store), list: list.bind(store), close: close.bind(store), write },
    })
  }

  static async make(): Promise<Setup> {
    const memory = new MemoryDisk()
    return new Setup(memory, await memory.open())
  }

  /** Answers the write that came `nth`. */
  answer(nth: number): void {
    this.#waiting[nth]?.()
  }

  get kept(): Record<string, string> {
    const entries = [...this.#memory.snapshot().entries]
    return Object.fromEntries(entries.map(([key, value]) => [key, Buffer.from(value).toString()]))
  }

  async #write(store: Store, writes: readonly StoreWrite[]): Promise<void> {
    this.tries.push(this.clock.now())
    const { full } = this
    if (this.slow) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    if (full) throw new Failure('data-directory-unusable', '/d cannot be used (no space left)')
    await store.write(writes)
  }
}

const notKept = { code: 'not-kept', message: expect.stringContaining('no space left') as string }

test('what a full disk does not take is told, tried again ever more rarely, and there once there is room', async () => {
  const setup = await Setup.make()
  await setup.disk.write([put('a', '1')])
  setup.full = true
  await expect(setup.disk.write([put('a', '2'), put('b', '2')])).rejects.toMatchObject(notKept)
  await expect(setup.disk.write([put('a', '3'), put('c', '3')])).rejects.toMatchObject(notKept)
  expect(setup.disk.owed).toBe(3)
  await setup.clock.advanceAsync(100_000)
  // The second write did not even go there.
  expect(setup.tries).toEqual([0, 0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000])
  expect(setup.kept).toEqual({ a: '1' })
  setup.full = false
  await setup.clock.advanceAsync(30_000)
  expect(setup.kept).toEqual({ a: '3', b: '2', c: '3' })
  expect(setup.disk.owed).toBe(0)
  expect(setup.told).toEqual(['/d cannot be used (no space left)', undefined])
  await setup.disk.write([put('a', '4')])
  expect(setup.kept['a']).toBe('4')
})

test('a write that fails after a later one of the same key is not owed: the later one stands', async () => {
  const setup = await Setup.make()
  setup.slow = true
  setup.full = true
  const first = expect(setup.disk.write([put('a', 'old'), put('b', 'old')])).rejects.toMatchObject(notKept)
  setup.full = false
  const second = setup.disk.write([put('a', 'new')])
  setup.answer(1)
  await second
  setup.answer(0)
  await first
  setup.slow = false
  await setup.clock.advanceAsync(1000)
  expect(setup.kept).toEqual({ a: 'new', b: 'old' })
})

test('a write that fails after the disk refused a later one of the same key does not take its place', async () => {
  const setup = await Setup.make()
  setup.slow = true
  setup.full = true
  const slow = expect(setup.disk.write([put('a', 'old')])).rejects.toMatchObject(notKept)
  const quick = expect(setup.disk.write([put('b', '1')])).rejects.toMatchObject(notKept)
  setup.answer(1)
  await quick
  await expect(setup.disk.write([put('a', 'new')])).rejects.toMatchObject(notKept)
  setup.answer(0)
  await slow
  Object.assign(setup, { slow: false, full: false })
  await setup.clock.advanceAsync(1000)
  expect(setup.kept).toEqual({ a: 'new', b: '1' })
})

test('what is said while it is tried again is tried again, too', async () => {
  const setup = await Setup.make()
  setup.full = true
  await expect(setup.disk.write([put('a', '1')])).rejects.toMatchObject(notKept)
  setup.full = false
  setup.slow = true
  await setup.clock.advanceAsync(1000)
  await expect(setup.disk.write([put('a', '2')])).rejects.toMatchObject(notKept)
  setup.slow = false
  setup.answer(0)
  await setup.clock.advanceAsync(0)
  expect(setup.kept).toEqual({ a: '2' })
  expect(setup.disk.failure).toBeUndefined()
})

test('what is owed when it closes is tried a last time', async () => {
  const setup = await Setup.make()
  setup.full = true
  await expect(setup.disk.write([put('a', '1')])).rejects.toMatchObject(notKept)
  setup.full = false
  await setup.disk.close()
  expect(setup.kept).toEqual({ a: '1' })
  await setup.clock.advanceAsync(60_000)
  expect(setup.told).toHaveLength(1)
})

test('a store that is closed says so, and its disk is not blamed', async () => {
  const setup = await Setup.make()
  await setup.disk.close()
  await expect(setup.disk.write([put('a', '1')])).rejects.toMatchObject({ code: 'not-running' })
  expect(setup.told).toEqual([])
})
