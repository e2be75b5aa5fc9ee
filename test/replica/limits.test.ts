import { expect, test } from 'vitest'
import { checkedLimits, itemMaxBytes } from '../../src/replica/limits.ts'
import { limits as wireLimits } from '../../src/protocol/limits.ts'
import { limits } from './setup.ts'

test('limits that fit together are taken as they are', () => {
  expect(checkedLimits(limits)).toBe(limits)
})

test('an item always fits into an update', () => {
  const exact = { ...limits, updateMaxBytes: itemMaxBytes(limits) }
  expect(checkedLimits(exact)).toBe(exact)
  expect(() => checkedLimits({ ...exact, updateMaxBytes: exact.updateMaxBytes - 1 })).toThrow(/updateMaxBytes/)
})

test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is no limit', (wrong) => {
  expect(() => checkedLimits({ ...limits, keysPerDocumentMax: wrong })).toThrow(/keysPerDocumentMax/)
})

test('the limits of the protocol fit together', () => {
  const { updateMaxStructs, membersMax } = wireLimits
  const replica = { ...wireLimits, structsPerUpdateMax: updateMaxStructs, entitiesMax: membersMax }
  expect(checkedLimits(replica)).toBe(replica)
  // A full document of the longest keys and values is one transfer.
  const leastBytes = replica.updateMaxBytes - itemMaxBytes(replica)
  expect(replica.keysPerDocumentMax * itemMaxBytes(replica)).toBeLessThan(replica.updatesPerTransferMax * leastBytes)
})
