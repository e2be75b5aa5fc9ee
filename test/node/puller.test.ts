import { beforeEach, expect, test } from 'vitest'
import type { AnswerHandlers, Network } from '../../src/network/network.ts'
import { Counters } from '../../src/node/counters.ts'
import { Puller } from '../../src/node/puller.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { limits } from '../../src/protocol/limits.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { DocumentId } from '../../src/state/document-id.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'

const peer = 'peer' as PeerId
const version = { incarnation: 1, nonce: 1, epoch: 0, clock: 1 }

const documentOf = (number: number): DocumentId => {
  return { entity: entityIdOf(1 + (number % 60_000)) as EntityId, channel: 'device_state', shard: number % 7 }
}

let clock: VirtualClock
/** How many documents each question asked for. */
let asked: number[]
let answer: AnswerHandlers | undefined
let owner: PeerId | undefined
let puller: Puller
let isUndisputed: boolean
let blamed: PeerId[]

beforeEach(() => {
  clock = new VirtualClock()
  asked = []
  answer = undefined
  owner = undefined
  isUndisputed = true
  blamed = []
  const request: Network['request'] = (_peer, frame, handlers) => {
    const message = decodeMessage(frame)
    if (!message.ok || message.value.kind !== 'pull') throw new Error('that is no pull')
    asked.push(message.value.wants.length)
    answer = handlers
    return () => {}
  }
  puller = new Puller({
    clock,
    network: { request } as Network,
    counters: new Counters(),
    headOf: () => undefined,
    wanted: () => true,
    ownerOf: () => owner,
    receive: () => {},
    blame: () => {},
    toldFalsely: (liar) => void blamed.push(liar),
    isUndisputed: () => isUndisputed,
  })
})

/** The peer answers all that is asked of it, one question after the other. */
function answerAll(): void {
  for (clock.advance(100); answer !== undefined; clock.advance(100)) {
    const { end } = answer
    answer = undefined
    end(undefined)
  }
}

test('what waits for one slow peer is bounded, whatever it tells of (invariant 7)', () => {
  owner = peer
  puller.want({ document: documentOf(0), version }, peer, undefined)
  clock.advance(100)
  expect(asked).toEqual([1])
  for (let number = 1; number <= 50_000; number += 1) {
    puller.want({ document: documentOf(number), version }, peer, undefined)
  }
  answerAll()
  const { wantsPerPullMax } = limits
  expect(asked).toEqual([1, ...Array.from({ length: 4 }, () => wantsPerPullMax)])
  // Once there is room, what was left out is asked for when it is told of again.
  puller.want({ document: documentOf(50_000), version }, peer, undefined)
  answerAll()
  expect(asked.at(-1)).toBe(1)
})

test('one peer is asked one thing at a time, and a document once', () => {
  owner = peer
  for (let times = 0; times < 10; times += 1) puller.want({ document: documentOf(1), version }, peer, undefined)
  clock.advance(1000)
  for (let times = 0; times < 10; times += 1) puller.want({ document: documentOf(2), version }, peer, undefined)
  clock.advance(1000)
  expect(asked).toEqual([1])
  answerAll()
  expect(asked).toEqual([1, 1])
})

test('of a peer that is gone nothing waits any more', () => {
  puller.want({ document: documentOf(1), version }, peer, undefined)
  puller.disconnected(peer)
  clock.advance(1000)
  expect(asked).toEqual([])
})

test('what a neighbour does not have yet, of which the owner told, it is asked for again in a moment, some times', () => {
  const atMs: number[] = []
  puller.want({ document: documentOf(1), version }, peer, undefined)
  for (let ms = 0; ms < 5000; ms += 1) {
    clock.advance(1)
    if (answer === undefined) continue
    atMs.push(clock.now())
    const { end } = answer
    answer = undefined
    end(undefined)
  }
  expect(atMs).toHaveLength(5)
  expect(atMs[1]).toBeLessThanOrEqual(60)
  expect(atMs[4]).toBeLessThanOrEqual(900)
})

test('an owner is not asked again for what it said that it has', () => {
  owner = peer
  puller.want({ document: documentOf(1), version }, peer, undefined)
  answerAll()
  clock.advance(5000)
  expect(asked).toEqual([1])
})

test('who told of what it does not have told falsely, if its entity leads the same life a moment later', () => {
  puller.want({ document: documentOf(1), version }, peer, peer)
  answerAll()
  expect([asked, blamed]).toEqual([[1], []])
  clock.advance(5000)
  expect([asked, blamed]).toEqual([[1], [peer]])
})

test('nobody told falsely where a new life is heard of soon after the answer, or two speak for the entity', () => {
  puller.want({ document: documentOf(1), version }, peer, peer)
  answerAll()
  isUndisputed = false
  clock.advance(5000)
  expect([asked, blamed]).toEqual([[1], []])
})

test('a puller that stops leaves no judgement behind', () => {
  puller.want({ document: documentOf(1), version }, peer, peer)
  answerAll()
  puller.stop()
  expect(clock.pending).toBe(0)
})
