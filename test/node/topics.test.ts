import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { topicsOf } from '../../src/node/topics.ts'

const keyOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte)

test('topics do not depend on the key, so that it can be changed', () => {
  const of = (...keys: Uint8Array[]): string => topicsOf('office', keys).membership
  expect(new Set([of(), of(keyOf(1)), of(keyOf(1), keyOf(2)), of(keyOf(2), keyOf(1))]).size).toBe(1)
  expect(topicsOf('home', []).membership).not.toBe(of())
})

test('nodes announce one tag for each key, and have one in common while they have a key in common', () => {
  const [old, next] = [topicsOf('office', [keyOf(1)]).serviceTags, topicsOf('office', [keyOf(2)]).serviceTags]
  expect(topicsOf('office', [keyOf(1), keyOf(2)]).serviceTags).toEqual([...old, ...next])
  expect(old).not.toEqual(next)
})

test('what is announced in a closed cluster reveals neither its name nor its key', () => {
  const open = topicsOf('office', []).serviceTags.join()
  const closed = topicsOf('office', [keyOf(1)]).serviceTags.join()
  expect(closed).not.toContain('office')
  expect(closed).not.toContain(Buffer.from(keyOf(1)).toString('hex').slice(0, 16))
  // Whoever guesses the name cannot find the guess confirmed.
  expect(closed).not.toBe(open)
  for (const guess of ['office', 'lampfield cluster 1\0office', 'lampfield mdns 1\0office']) {
    expect(closed).not.toContain(createHash('sha256').update(guess).digest('hex').slice(0, 16))
  }
  for (const tag of topicsOf('office', [keyOf(1), keyOf(2)]).serviceTags) {
    expect(tag).toMatch(/^lf-[0-9a-f]{16}\._tcp\.local$/)
  }
})
