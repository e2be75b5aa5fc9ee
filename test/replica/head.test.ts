import { describe, expect, test } from 'vitest'
import { isHead, ownHead, signedBytes } from '../../src/replica/head.ts'
import type { Head } from '../../src/replica/transfer.ts'
import { channel, entity, limits } from './setup.ts'

const head: Head = {
  document: { entity: entity(1), channel, shard: 0 },
  version: { incarnation: 1_700_000_000_000, nonce: 7, epoch: 3, clock: 42 },
  stateHash: new Uint8Array(32).fill(1),
  signature: new Uint8Array(64).fill(2),
}

const versions = (change: Partial<Head['version']>): Head => ({ ...head, version: { ...head.version, ...change } })
const documents = (change: Partial<Head['document']>): Head => ({
  ...head,
  document: { ...head.document, ...change },
})

describe('what an owner signs', () => {
  const others: [string, string, Head][] = [
    ['cluster', 'other', head],
    ['entity', 'test', documents({ entity: entity(2) })],
    ['channel', 'test', documents({ channel: 'mwi' })],
    ['shard', 'test', documents({ shard: 1 })],
    ['incarnation', 'test', versions({ incarnation: head.version.incarnation + 2 ** 33 })],
    ['nonce', 'test', versions({ nonce: 8 })],
    ['epoch', 'test', versions({ epoch: 4 })],
    ['clock', 'test', versions({ clock: 43 })],
    ['state hash', 'test', { ...head, stateHash: new Uint8Array(32).fill(3) }],
  ]

  test.each(others)('is other bytes for another %s', (_, cluster, other) => {
    expect(signedBytes(cluster, other)).not.toEqual(signedBytes('test', head))
  })

  test('cannot be shifted from one text into its neighbour', () => {
    const a = signedBytes('ab', documents({ channel: 'c' }))
    const b = signedBytes('a', documents({ channel: 'bc' }))
    expect(a).not.toEqual(b)
  })

  test('is the same for the same head, whatever its signature', () => {
    const other: Head = { ...head, signature: new Uint8Array(64) }
    expect(signedBytes('test', other)).toEqual(signedBytes('test', head))
  })
})

describe('a head', () => {
  test('of the right shape is one', () => {
    expect(isHead(head, limits)).toBe(true)
    expect(isHead(versions({ clock: 0 }), limits)).toBe(true)
    expect(isHead(versions({ nonce: 2 ** 32 - 1, incarnation: Number.MAX_SAFE_INTEGER }), limits)).toBe(true)
  })

  const malformed: [string, Head][] = [
    ['a shard beyond the number of documents', documents({ shard: limits.documentsPerEntityMax })],
    ['a negative shard', documents({ shard: -1 })],
    ['a broken shard', documents({ shard: 0.5 })],
    ['no channel', documents({ channel: '' })],
    ['an endless channel', documents({ channel: 'c'.repeat(256) })],
    ['a channel that has no UTF-8', documents({ channel: 'a\ud800' })],
    ['a negative incarnation', versions({ incarnation: -1 })],
    ['an incarnation beyond whole numbers', versions({ incarnation: 2 ** 53 })],
    ['a nonce of 33 bits', versions({ nonce: 2 ** 32 })],
    ['epoch 0', versions({ epoch: 0 })],
    ['a clock of 33 bits', versions({ clock: 2 ** 32 })],
    ['a clock that is no number', versions({ clock: Number.NaN })],
    ['a short hash', { ...head, stateHash: new Uint8Array(31) }],
    ['a long signature', { ...head, signature: new Uint8Array(65) }],
  ]

  test.each(malformed)('with %s is none', (_, other) => {
    expect(isHead(other, limits)).toBe(false)
  })

  test('is kept without the buffer it came in', () => {
    const buffer = new Uint8Array(1000)
    const own = ownHead({ ...head, stateHash: buffer.subarray(0, 32), signature: buffer.subarray(32, 96) })
    expect(own.stateHash.buffer.byteLength).toBe(32)
    expect(own.signature.buffer.byteLength).toBe(64)
    expect(own).toEqual({ ...head, stateHash: new Uint8Array(32), signature: new Uint8Array(64) })
  })
})
