import { describe, expect, test } from 'vitest'
import { MemoryDisk, openMemoryStore } from '../../src/storage/memory-store.ts'
import { storeContract } from '../../src/testing/store-contract.ts'
import { contractSuite } from '../contract/suite.ts'

contractSuite(
  'the store contract: in memory',
  storeContract(async () => {
    const disk = new MemoryDisk()
    return { open: () => openMemoryStore(disk), remove: async () => {} }
  }),
)

const one = Uint8Array.of(1)

describe('MemoryDisk', () => {
  test('a crash keeps what was acknowledged and loses what was not', async () => {
    const disk = new MemoryDisk()
    const store = await disk.open()
    await store.write([{ key: 'acknowledged', value: one }])
    const unacknowledged = store.write([{ key: 'unacknowledged', value: one }])
    disk.crash()
    await expect(unacknowledged).rejects.toMatchObject({ code: 'not-running' })
    await expect(store.get('acknowledged')).rejects.toMatchObject({ code: 'not-running' })
    const next = await disk.open()
    expect((await next.list('')).map(([key]) => key)).toEqual(['acknowledged'])
  })

  test('restart with an old disk: an image does not follow later writes, and can be put back often', async () => {
    const disk = new MemoryDisk()
    const store = await disk.open()
    await store.write([{ key: 'a', value: one }])
    const image = disk.snapshot()
    await store.write([
      { key: 'a', value: undefined },
      { key: 'b', value: one },
    ])
    for (let time = 0; time < 2; time += 1) {
      disk.restore(image)
      const restored = await disk.open()
      expect((await restored.list('')).map(([key]) => key)).toEqual(['a'])
      await restored.write([{ key: 'c', value: one }])
    }
  })
})
