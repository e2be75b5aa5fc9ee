import type { Clock } from '../../src/runtime/clock.ts'
import type { MemoryDisk } from '../../src/storage/memory-store.ts'
import type { Store } from '../../src/storage/store.ts'

/** How long a write takes once its node runs, in milliseconds: a power cut hits some of them half-way. */
const writeMs = 4

/**
 * A disk whose writes take time, so that what is acknowledged too early gets lost. While a node starts, time stands still, and its
 * writes take none.
 */
export async function openSlowly(disk: MemoryDisk, clock: Clock, isRunning: () => boolean): Promise<Store> {
  const store = await disk.open()
  return {
    get: (key) => store.get(key),
    list: (prefix) => store.list(prefix),
    async write(writes) {
      if (isRunning()) {
        await new Promise<void>((resolve) => {
          clock.after(writeMs, resolve)
        })
      }
      await store.write(writes)
    },
    close: () => store.close(),
  }
}
