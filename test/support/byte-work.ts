import { onTestFinished, vi } from 'vitest'

/** Counts the bytes that are copied and searched from now on until the test ends: work that does not depend on the machine. */
export function byteWork(): () => number {
  let count = 0
  const { set } = Uint8Array.prototype
  const { concat } = Buffer
  const { indexOf } = Buffer.prototype
  const spies = [
    vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (this: Uint8Array, from, at) {
      count += from.length
      set.call(this, from, at)
    }),
    vi.spyOn(Buffer, 'concat').mockImplementation((list, length) => {
      for (const { length: bytes } of list) count += bytes
      return concat(list, length)
    }),
    vi.spyOn(Buffer.prototype, 'indexOf').mockImplementation(function (this: Buffer, value, from = 0) {
      count += this.length - Number(from)
      return indexOf.call(this, value, from)
    }),
  ]
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore()
  })
  return () => count
}
