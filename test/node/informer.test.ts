import { beforeEach, expect, test } from 'vitest'
import { Informer } from '../../src/node/informer.ts'
import type { Evidence } from '../../src/membership/member.ts'
import type { Link } from '../../src/network/network.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { peerIdOf, type PeerId } from '../../src/state/peer-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'
import { key, life, word } from '../membership/observer.ts'

const [own, other] = [1, 2].map(entityIdOf) as [EntityId, EntityId]
const [via, holder, claimant] = [key(3), key(2), key(4)].map(peerIdOf) as [PeerId, PeerId, PeerId]
const evidence = { announcement: word({ entity: other, life: life(20) }), signature: new Uint8Array(64) }

let linked: PeerId[]
let told: [PeerId, Message['kind']][]
let informer: Informer

beforeEach(() => {
  linked = [via]
  told = []
  informer = new Informer({
    entity: own,
    network: { links: () => linked.map((peer) => ({ peer }) as Link) },
    questions: { tell: (peer, message) => void told.push([peer, message.kind]) },
    ownEvidence: () => evidence,
  })
})

const inform = (peer: PeerId, shown: Evidence | null = evidence, about = other): void =>
  informer.inform({
    kind: 'inform',
    entity: about,
    publicKey: key(2),
    peer,
    via,
    life: life(20),
    evidence: shown ?? undefined,
  })

test('an older life is told back on the way on which its word came', () => {
  inform(holder)
  expect(told).toEqual([[via, 'evidence']])
})

test('and over a link to its peer, at whose other end may be another process with the key', () => {
  linked.push(holder)
  inform(holder)
  expect(told).toEqual([
    [via, 'evidence'],
    [holder, 'evidence'],
  ])
})

test('of this node itself it is its own word', () => {
  inform(holder, null, own)
  expect(told).toEqual([[via, 'evidence']])
})

test('without a word nothing is shown', () => {
  inform(holder, null)
  expect(told).toEqual([])
})

test('who has another key hears whose it is, and nobody else hears of a holder that may be gone', () => {
  inform(claimant)
  expect(told).toEqual([])
  linked.push(claimant)
  inform(claimant)
  expect(told).toEqual([
    [claimant, 'evidence'],
    [claimant, 'refusal'],
  ])
})
