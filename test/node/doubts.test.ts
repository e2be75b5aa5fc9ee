import { beforeEach, expect, test } from 'vitest'
import { Doubts, type Word } from '../../src/node/doubts.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'

const peer = 'peer' as PeerId
const other = 'other' as PeerId

const wordOf = (number: number): Word => ({
  document: { entity: entityIdOf(number) as EntityId, channel: 'device_state', shard: 0 },
  version: { incarnation: 1, nonce: 1, epoch: 0, clock: 1 },
})

let clock: VirtualClock
let falseWords: Set<Word>
let blamed: PeerId[]
let doubts: Doubts

beforeEach(() => {
  clock = new VirtualClock()
  falseWords = new Set()
  blamed = []
  doubts = new Doubts({
    clock,
    isFalse: (word) => falseWords.has(word),
    toldFalsely: (liar) => void blamed.push(liar),
  })
})

test('a word is judged by what is known when a heartbeat has passed, not by what was known before', () => {
  const [one, two] = [wordOf(1), wordOf(2)]
  falseWords.add(one).add(two)
  doubts.add(peer, [one])
  doubts.add(other, [two])
  clock.advance(1000)
  expect(blamed).toEqual([])
  falseWords.delete(one)
  clock.advance(1000)
  expect(blamed).toEqual([other])
  clock.advance(60_000)
  expect(blamed).toEqual([other])
})

test('words in doubt are bounded for each peer, and there is room for more once they are judged (invariant 7)', () => {
  const words = Array.from({ length: 1000 }, (_, number) => wordOf(1 + number))
  for (const word of words) falseWords.add(word)
  for (let times = 0; times < 10; times += 1) doubts.add(peer, words)
  doubts.add(other, words.slice(0, 1))
  clock.advance(2000)
  expect(blamed.filter((liar) => liar === peer)).toHaveLength(4096)
  expect(blamed.filter((liar) => liar === other)).toHaveLength(1)
  doubts.add(peer, words)
  clock.advance(2000)
  expect(blamed).toHaveLength(4096 + 1 + 1000)
})

test('once stopped it judges nobody, and leaves no timer behind', () => {
  const word = wordOf(1)
  falseWords.add(word)
  doubts.add(peer, [word])
  doubts.stop()
  expect(clock.pending).toBe(0)
  clock.advance(2000)
  expect(blamed).toEqual([])
})
