import { beforeEach, describe, expect, it } from 'vitest'
import type { MemberStatus } from '../../src/membership/member.ts'
import { Relay } from '../../src/node/relay.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'

const [b, c] = ['02:00:00:00:00:02', '02:00:00:00:00:03'] as EntityId[] as [EntityId, EntityId]

const peerOf = (entity: EntityId): PeerId => `peer of ${entity}` as PeerId

/** When those that are heard here began. */
const longAgo = -60_000

let clock: VirtualClock
let others: {
  entity: EntityId
  peer: PeerId
  status: MemberStatus
  heartbeatMs: number
  lastHeardMs: number
  connected: boolean
}[]
let links: { peer: PeerId; quietMs: number }[]
let relay: Relay

/** So many seconds, in each of which those named speak over their own links. */
function seconds(count: number, speakers: readonly EntityId[]): void {
  for (let second = 0; second < count; second++) {
    relay.beat()
    clock.advance(1000)
    for (const entity of speakers) relay.heard({ entity, wantsRelay: false }, true, longAgo)
  }
}

beforeEach(() => {
  clock = new VirtualClock()
  others = [b, c].map((entity) => {
    return { entity, peer: peerOf(entity), status: 'alive', heartbeatMs: 1000, lastHeardMs: 0, connected: true }
  })
  links = []
  const isOther = (entity: EntityId): boolean => others.some((other) => other.entity === entity)
  relay = new Relay({ clock, members: { others: () => others, isOther }, links: () => links })
})

describe('asking others to pass gossip on', () => {
  it('begins by asking, and stops when all are heard', () => {
    expect(relay.isWanted).toBe(true)
    seconds(3, [b, c])
    expect(relay.isWanted).toBe(true)
    seconds(1, [b, c])
    expect(relay.isWanted).toBe(false)
  })

  it('begins by asking for some seconds only, where heartbeats are rare', () => {
    for (const other of others) other.heartbeatMs = 10_000
    relay.beat()
    clock.advance(1000)
    relay.beat()
    expect(relay.isWanted).toBe(true)
    clock.advance(10_000)
    for (const entity of [b, c]) relay.heard({ entity, wantsRelay: false }, true, longAgo)
    relay.beat()
    expect(relay.isWanted).toBe(false)
  })

  it('goes on for as long as a member is heard through others only', () => {
    seconds(10, [b])
    relay.heard({ entity: c, wantsRelay: false }, false, longAgo)
    relay.beat()
    expect(relay.isWanted).toBe(true)
  })

  it('takes whatever comes over a link as a sign that it carries, for a copy passed on may be faster than the word itself', () => {
    seconds(10, [b])
    relay.beat()
    expect(relay.isWanted).toBe(true)
    links = [{ peer: peerOf(c), quietMs: 100 }]
    seconds(5, [b])
    expect(relay.isWanted).toBe(true)
    seconds(1, [b])
    expect(relay.isWanted).toBe(false)
    links = [
      { peer: peerOf(c), quietMs: 1600 },
      { peer: peerOf(b), quietMs: 100 },
    ]
    relay.beat()
    expect(relay.isWanted).toBe(true)
  })

  it('goes on asking for some heartbeats after a member is heard again', () => {
    seconds(5, [b, c])
    seconds(2, [b])
    seconds(6, [b, c])
    expect(relay.isWanted).toBe(true)
    relay.beat()
    expect(relay.isWanted).toBe(false)
  })

  it('asks when a member falls silent for longer than a late heartbeat takes', () => {
    seconds(5, [b, c])
    seconds(1, [b])
    relay.beat()
    expect(relay.isWanted).toBe(false)
    seconds(1, [b])
    relay.beat()
    expect(relay.isWanted).toBe(true)
  })

  it('asks when a member that ended its link is in doubt, and no more when it is gone', () => {
    seconds(5, [b, c])
    others = others.map((other) => {
      const doubted = { ...other, status: 'suspect', connected: false, lastHeardMs: clock.now() } as const
      return other.entity === c ? doubted : other
    })
    relay.beat()
    expect(relay.isWanted).toBe(true)
    others = others.filter(({ entity }) => entity !== c)
    relay.beat()
    expect(relay.isWanted).toBe(false)
  })

  it('does not ask for a member without a link of its own, as long as it is heard through others', () => {
    seconds(5, [b, c])
    const hear = (): void => {
      others = others.map((other) => {
        return other.entity === c ? { ...other, connected: false, lastHeardMs: clock.now() } : other
      })
    }
    for (let second = 0; second < 5; second += 1) {
      hear()
      seconds(1, [b])
    }
    expect(relay.isWanted).toBe(false)
    seconds(1, [b])
    relay.beat()
    expect(relay.isWanted).toBe(true)
  })
})

describe('passing gossip on', () => {
  it('is needed while some member asks for it', () => {
    expect(relay.isNeeded).toBe(false)
    relay.heard({ entity: b, wantsRelay: true }, true, longAgo)
    relay.heard({ entity: c, wantsRelay: false }, true, longAgo)
    expect(relay.isNeeded).toBe(true)
    relay.heard({ entity: b, wantsRelay: false }, true, longAgo)
    expect(relay.isNeeded).toBe(false)
  })

  it('is needed by who has just begun for some seconds, however late its next heartbeat is', () => {
    clock.advance(60_000)
    relay.heard({ entity: b, wantsRelay: true }, true, clock.now() - 500)
    relay.heard({ entity: c, wantsRelay: true }, true, clock.now() - 1500)
    clock.advance(2000)
    expect(relay.isNeeded).toBe(true)
    clock.advance(1)
    expect(relay.isNeeded).toBe(false)
    relay.heard({ entity: b, wantsRelay: true }, true, clock.now() - 2501)
    clock.advance(10_000)
    expect(relay.isNeeded).toBe(true)
  })

  it('is not needed for a member that is gone', () => {
    relay.heard({ entity: b, wantsRelay: true }, true, longAgo)
    others = others.filter(({ entity }) => entity !== b)
    relay.beat()
    expect(relay.isNeeded).toBe(false)
  })

  it('is needed from the moment a member doubts another until its next heartbeat', () => {
    relay.doubted(c)
    expect(relay.isNeeded).toBe(true)
    relay.heard({ entity: c, wantsRelay: false }, true, longAgo)
    expect(relay.isNeeded).toBe(false)
  })

  it('cannot be asked for in the name of nobody', () => {
    relay.doubted('02:00:00:00:00:09' as EntityId)
    expect(relay.isNeeded).toBe(false)
  })
})
