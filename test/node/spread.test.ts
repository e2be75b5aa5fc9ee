import { beforeEach, expect, test } from 'vitest'
import type { Network, Verdict } from '../../src/network/network.ts'
import { Counters } from '../../src/node/counters.ts'
import { Spread, type SpreadParts } from '../../src/node/spread.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { HeartbeatMessage } from '../../src/protocol/messages.ts'
import { seededRandom } from '../../src/runtime/random.ts'
import type { Announcement } from '../../src/state/announcement.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

/** This node is linked with b and c, which are not linked with each other. */
const [a, b, c] = [1, 2, 3].map((mark) => `02:00:00:00:00:0${mark}`) as EntityId[] as [EntityId, EntityId, EntityId]

const peerOf = (entity: EntityId): PeerId => `peer of ${entity}` as PeerId

const channels = [{ channel: 'device_state', publish: true, subscribe: true }]

const announcementOf = (entity: EntityId, marks: readonly number[], incarnation = 2): Announcement => ({
  entity,
  publicKey: new Uint8Array(32),
  life: { incarnation, nonce: 1 },
  sequence: 1,
  name: entity,
  addresses: [],
  channels: [],
  heartbeatMs: 1000,
  wantsRelay: false,
  hasTwin: false,
  links: { all: false, marks },
  stands: [],
})

let linked: PeerId[]
let own: Map<EntityId, Announcement>
let handedOn: (readonly PeerId[])[]
let spread: Spread

const say = (announcement: Announcement, from = announcement.entity): Verdict => {
  const message: HeartbeatMessage = { kind: 'heartbeat', announcement, signature: new Uint8Array(64) }
  return spread.take('membership', new Uint8Array(1), peerOf(from), () => {
    spread.heard(announcement)
    return spread.ofMembership('accept', message, peerOf(from))
  })
}

beforeEach(() => {
  own = new Map([b, c].map((entity) => [entity, announcementOf(entity, [1])]))
  handedOn = []
  linked = [b, c].map(peerOf)
  const memberOf = (entity: EntityId): object => {
    const facts = { entity, peer: peerOf(entity), status: 'alive', connected: true, heartbeatMs: 1000, lastHeardMs: 0 }
    return { ...facts, begunMs: -60_000, channels, evidence: { announcement: own.get(entity) } }
  }
  const members = {
    revision: 1,
    others: () => [b, c].map(memberOf),
    isOther: () => true,
    linked: () => linked,
    get: (entity: EntityId) => (own.has(entity) ? memberOf(entity) : undefined),
  } as unknown as SpreadParts['members']
  const network = {
    links: () => [],
    handOn: (_topic: string, _data: Uint8Array, peers: readonly PeerId[]) => void handedOn.push(peers),
  } as unknown as Network
  const clock = new VirtualClock()
  spread = new Spread({
    entity: a,
    clock,
    random: seededRandom(1),
    network,
    members,
    counters: new Counters(),
    accuse: () => {},
  })
  for (const announcement of own.values()) spread.heard(announcement)
})

test('a member’s word goes on to whoever it is not linked with, and nowhere else', () => {
  const word = announcementOf(b, [1])
  own.set(b, word)
  expect(say(word)).toBe('ignore')
  expect(handedOn).toEqual([[peerOf(c)]])
})

test('of whom a member is linked with, its own newest word counts, and not that of a clone or an earlier life', () => {
  // It says that it reaches c by itself; were it believed, c would hear no more of b.
  for (const entity of [b, c]) {
    const said = announcementOf(entity, [1, 2, 3], 1)
    expect(say(said, b)).toBe('accept')
  }
  const change = (): Verdict => spread.ofChannel('accept', { entity: b, channel: 'device_state' })
  expect(spread.take('device_state', new Uint8Array(1), peerOf(b), change)).toBe('ignore')
  expect(handedOn).toEqual([[peerOf(c)]])
})

test('what somebody says in a member’s name goes wherever it can', () => {
  expect(say(announcementOf(b, [1, 3], 1), c)).toBe('accept')
  expect(handedOn).toEqual([])
})

test('what is handed on goes to neighbours, too, to whom nobody knows a way', () => {
  const stranger = 'stranger' as PeerId
  linked.push(stranger)
  const change = (): Verdict => spread.ofChannel('accept', { entity: b, channel: 'device_state' })
  expect(spread.isPassedOn({ entity: c, channel: 'device_state' })).toBe(true)
  expect(spread.take('device_state', new Uint8Array(1), peerOf(b), change)).toBe('ignore')
  expect(handedOn).toEqual([[peerOf(c), stranger]])
})

test('only a member itself can ask for more, and say that it needs no more', () => {
  expect(say({ ...announcementOf(b, [1], 1), wantsRelay: true }, c)).toBe('accept')
  const own2 = announcementOf(c, [1])
  own.set(c, own2)
  expect(say(own2)).toBe('ignore')
  const asking = { ...announcementOf(b, [1]), wantsRelay: true }
  own.set(b, asking)
  expect(say(asking)).toBe('accept')
  expect(say(announcementOf(b, [1], 1), c)).toBe('accept')
  expect(say(own2)).toBe('accept')
})
