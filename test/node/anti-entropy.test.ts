import { beforeEach, expect, test } from 'vitest'
import type { AnswerHandlers, Network } from '../../src/network/network.ts'
import { AntiEntropy } from '../../src/node/anti-entropy.ts'
import { Counters } from '../../src/node/counters.ts'
import { Questions } from '../../src/node/questions.ts'
import { decodeMessage } from '../../src/protocol/decode.ts'
import { encodeMessage } from '../../src/protocol/encode.ts'
import { limits } from '../../src/protocol/limits.ts'
import type { Message, VectorMessage } from '../../src/protocol/messages.ts'
import type { Head } from '../../src/replica/transfer.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { seed } from '../support/seed.ts'

const channel = 'device_state'
const peer = 'peer' as PeerId

const headOf = (number: number): Head => ({
  document: { entity: entityIdOf(number) as EntityId, channel, shard: 0 },
  version: { incarnation: 1, nonce: 1, epoch: 0, clock: 1 },
  stateHash: new Uint8Array(32),
  signature: new Uint8Array(64),
})

let heads: Head[]
let revision: number
/** What was asked of the peer, and its answers that are awaited. */
let said: Message[]
let answers: AnswerHandlers[]
let antiEntropy: AntiEntropy

beforeEach(() => {
  heads = []
  revision = 1
  said = []
  answers = []
  const request: Network['request'] = (_peer, frame, handlers) => {
    const message = decodeMessage(frame)
    if (!message.ok) throw new Error(message.reason)
    said.push(message.value)
    answers.push(handlers)
    return () => {}
  }
  const network = { request, links: () => [] } as unknown as Network
  const counters = new Counters()
  antiEntropy = new AntiEntropy({
    clock: new VirtualClock(),
    network,
    counters,
    questions: new Questions({ network, counters, blame: () => {} }),
    random: seededRandom(seed),
    periodMs: 5000,
    channels: () => [channel],
    countedHeads: () => heads,
    revision: () => revision,
    headOf: (document) => heads.find((head) => head.document.entity === document.entity),
    isProven: () => true,
    wanted: () => true,
    ownerOf: () => undefined,
    receive: () => {},
    blame: () => {},
    toldFalsely: () => {},
    isUndisputed: () => true,
    disagree: () => {},
  })
})

/** The peer answers that it holds these documents. */
function answerWith(stands: VectorMessage['stands']): void {
  const answer = answers.shift()
  answer?.frame(encodeMessage({ kind: 'vector', channels: [channel], stands }))
  answer?.end(undefined)
}

const offers = (): VectorMessage[] => said.filter((message) => message.kind === 'vector')

test('what a peer lacks is offered in one frame, however much it is (invariant 7)', () => {
  heads = Array.from({ length: 3 * limits.standsPerFrameMax }, (_, at) => headOf(at + 1))
  const offered = new Set<string>()
  for (let times = 1; times <= 30; times += 1) {
    antiEntropy.compare(peer)
    answerWith([])
    answers.length = 0
    expect(offers()).toHaveLength(times)
    for (const { document } of offers().at(-1)?.stands ?? []) offered.add(document.entity)
  }
  // Any one of the frames: in the end nothing was left out.
  expect(offered.size).toBe(heads.length)
})

test('a peer is compared with once at a time, and nothing is offered that it has', () => {
  heads = [headOf(1), headOf(2)]
  for (let times = 0; times < 10; times += 1) antiEntropy.compare(peer)
  expect(said).toHaveLength(1)
  answerWith(antiEntropy.vector([channel])[0]?.stands.slice(0, 1) ?? [])
  expect(offers().map(({ stands }) => stands.map(({ document }) => document.entity))).toEqual([[entityIdOf(2)]])
})

test('a digest is worked out anew when something has changed, and for each channel by itself', () => {
  heads = [headOf(1)]
  const before = antiEntropy.digest(channel)
  expect(antiEntropy.digest(channel)).toBe(before)
  heads = [headOf(1), headOf(2)]
  revision += 1
  expect(antiEntropy.digest(channel)).not.toEqual(before)
  heads = []
  expect(antiEntropy.digest('mwi')).not.toEqual(antiEntropy.digest(channel))
  heads = [headOf(1)]
  revision += 1
  expect(antiEntropy.digest(channel)).toEqual(before)
})
