import { describe, expect, it } from 'vitest'
import { alarmsMax } from '../../src/membership/alarm.ts'
import { entity } from '../state/entities.ts'
import { farewell, heartbeat, key, life, me, Observer, other, peer, word } from './observer.ts'

const dayMs = 86_400_000

/** A day passes as one late tick would see it, without its being a stall. */
function passDay(observer: Observer): void {
  observer.view.tickDueMs += dayMs
  observer.now += dayMs
  observer.tell({ kind: 'tick' })
}

function absent(observer: Observer): void {
  observer.tell(heartbeat())
  observer.run(5000)
  expect(observer.status()).toBe('down')
}

describe('first sight', () => {
  it('binds the entity to the key', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    expect(observer.effects).toEqual([
      { kind: 'bound', entity: other, publicKey: key(2), life: life(10) },
      { kind: 'member-joined', entity: other, to: 'alive', member: expect.objectContaining({ peer: peer(2) }) },
    ])
    expect(observer.member()).toMatchObject({ name: 'pbx2', connected: false, heartbeatMs: 1000, sequence: 1 })
  })

  it('knows a link that was there before the first word', () => {
    const observer = new Observer()
    observer.tell({ kind: 'connected', peer: peer(2) })
    observer.tell(heartbeat())
    expect(observer.member()?.connected).toBe(true)
  })

  it('gives copies that later steps leave alone', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.run(5000)
    expect(observer.ofKind('member-joined')[0]?.member).toMatchObject({ status: 'alive', statusSinceMs: 5_000_000 })
  })

  it('of what the disk knows is no first sight', () => {
    const observer = new Observer()
    observer.tell({ kind: 'restore', bindings: [{ entity: other, publicKey: key(2), life: life(10) }] })
    observer.tell(heartbeat({ life: life(9) }))
    expect(observer.status()).toBe('unknown')
    expect(observer.ofKind('inform')).toEqual([
      {
        kind: 'inform',
        entity: other,
        publicKey: key(2),
        peer: peer(2),
        via: peer(9),
        life: life(10),
        evidence: undefined,
      },
    ])
    observer.tell(heartbeat({ key: 3, life: life(10) }))
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'key-conflict', peers: [peer(2), peer(3)] }])
    observer.effects.length = 0
    observer.tell(heartbeat({ life: life(10) }))
    expect(observer.kinds()).toEqual(['member-joined'])
  })

  it('of this node itself is not taken from the disk', () => {
    const observer = new Observer()
    observer.tell({ kind: 'restore', bindings: [{ entity: me, publicKey: key(2), life: life(10) }] })
    expect(observer.view.remembered.size).toBe(0)
  })

  it('in a later life than the disk knows raises the floor', () => {
    const observer = new Observer()
    observer.tell({ kind: 'restore', bindings: [{ entity: other, publicKey: key(2), life: life(10) }] })
    observer.tell(heartbeat({ life: life(11) }))
    expect(observer.kinds()).toEqual(['life-floor', 'member-joined'])
  })
})

describe('another key', () => {
  it('never takes the place of a holder that is present', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.tell(heartbeat({ key: 3, life: life(99), sequence: 99 }))
    expect(observer.member()).toMatchObject({ peer: peer(2), life: life(10), sequence: 1 })
    expect(observer.ofKind('alarm')).toEqual([])
  })

  it('heard again together with the holder is an alarm, repeated, and cleared when one is silent', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 45; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      observer.tell(heartbeat({ key: 3, life: life(99), sequence }))
      observer.run(1000)
    }
    const alarms = observer.ofKind('alarm')
    expect(alarms).toHaveLength(5)
    expect(observer.ofKind('alarm-cleared')).toEqual([])
    expect(alarms[0]).toMatchObject({ alarm: 'cloned-entity', entity: other, peers: [peer(2), peer(3)] })
    expect(observer.view.alarms.size).toBe(1)
    for (let sequence = 46; sequence <= 80; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      observer.run(1000)
    }
    expect(observer.ofKind('alarm-cleared')).toHaveLength(1)
    expect(observer.view.alarms.size).toBe(0)
  })

  it('heard once is not enough for an alarm', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 1 }))
    observer.tell(heartbeat({ key: 3, life: life(99), sequence: 1 }))
    for (let sequence = 2; sequence <= 5; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      observer.tell(heartbeat({ key: 3, life: life(99), sequence: 1 }))
    }
    expect(observer.ofKind('alarm')).toEqual([])
  })

  it('heard before it takes the place is not held against it after', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 1 }))
    for (let sequence = 1; sequence <= 40; sequence += 1) {
      observer.tell(heartbeat({ key: 3, life: life(99), sequence }))
      observer.run(500)
      if (sequence === 20) observer.tell({ kind: 'forget', entity: other })
    }
    expect(observer.member()).toMatchObject({ peer: peer(3), status: 'alive' })
    expect(observer.view.alarms.size).toBe(0)
  })

  it('never takes the place of a holder that is absent, in whatever life', () => {
    const observer = new Observer()
    absent(observer)
    observer.tell(heartbeat({ key: 3, life: life(10) }))
    expect(observer.status()).toBe('down')
    expect(observer.ofKind('inform')).toMatchObject([
      { publicKey: key(2), peer: peer(3), life: life(10), evidence: { announcement: word() } },
    ])
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'key-conflict', peers: [peer(2), peer(3)] }])
    expect(observer.ofKind('alarm')[0]?.sentence).toContain(`lampfield trust forget ${other}`)
    observer.tell({ kind: 'connected', peer: peer(3) })
    observer.tell(heartbeat({ key: 3, life: life(11) }))
    expect(observer.member()).toMatchObject({ peer: peer(2), status: 'down' })
    observer.effects.length = 0
    observer.tell(heartbeat({ life: life(12) }))
    expect(observer.member()).toMatchObject({ peer: peer(2), status: 'alive' })
  })

  it('of a forgotten entity is checked all the same', () => {
    const observer = new Observer()
    absent(observer)
    passDay(observer)
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ key: 3, life: life(10) }))
    observer.tell(heartbeat({ key: 3, life: life(11) }))
    expect(observer.status()).toBe('unknown')
    expect(observer.ofKind('alarm').map((alarm) => alarm.alarm)).toEqual(['key-conflict'])
  })

  it('is told to its own node while others turn it away', () => {
    const observer = new Observer()
    observer.tell({ kind: 'turned-away', holder: peer(3), from: peer(4) })
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'key-conflict', entity: me }])
    expect(observer.ofKind('alarm')[0]?.sentence).toContain(`lampfield trust forget ${me}`)
    observer.run(29_000)
    observer.tell({ kind: 'turned-away', holder: peer(3), from: peer(4) })
    observer.run(29_000)
    expect(observer.view.alarms.size).toBe(1)
    observer.run(2000)
    expect(observer.view.alarms.size).toBe(0)
  })

  it('is no reason for an alarm where it is the own one', () => {
    const observer = new Observer()
    observer.tell({ kind: 'turned-away', holder: observer.view.own.peer, from: peer(4) })
    expect(observer.effects).toEqual([])
  })
})

describe('a forgotten member', () => {
  it('comes back with a newer word of the same life, not with an old one', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 5 }))
    observer.run(5000)
    passDay(observer)
    observer.tell(heartbeat({ sequence: 5 }))
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ sequence: 6 }))
    expect(observer.status()).toBe('alive')
  })
})

describe('farewell', () => {
  it('is taken at once, and late words do not bring the member back', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 5 }))
    observer.tell(farewell({ sequence: 6 }))
    expect(observer.status()).toBe('left')
    observer.tell(heartbeat({ sequence: 5 }))
    observer.tell(heartbeat({ sequence: 7 }))
    observer.tell(heartbeat({ sequence: 6, life: life(9) }))
    expect(observer.status()).toBe('left')
    passDay(observer)
    observer.tell(heartbeat({ sequence: 8 }))
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ life: life(11) }))
    expect(observer.status()).toBe('alive')
  })

  it('stands on disk though a first link to its peer comes up after it', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 5 }))
    observer.tell(farewell({ sequence: 6 }))
    observer.tell({ kind: 'connected', peer: peer(2) })
    const floors = observer.ofKind('life-floor').map((floor) => floor.life)
    expect(floors).toEqual([life(10, 2), life(10, 2)])
  })

  it('survives the own restart on disk', () => {
    const before = new Observer()
    before.tell(heartbeat({ sequence: 5 }))
    before.tell(farewell({ sequence: 6 }))
    const bindings = before.ofKind('life-floor').map(({ entity: who, publicKey, life: floor }) => ({
      entity: who,
      publicKey,
      life: floor,
    }))
    const after = new Observer()
    after.tell({ kind: 'restore', bindings })
    after.tell(heartbeat({ sequence: 5 }))
    expect(after.status()).toBe('unknown')
  })

  it('of a remembered entity that was not heard yet is heeded', () => {
    const observer = new Observer()
    observer.tell({ kind: 'restore', bindings: [{ entity: other, publicKey: key(2), life: life(10) }] })
    observer.tell(farewell({ key: 3 }))
    observer.tell(farewell({ life: life(9) }))
    expect(observer.effects).toEqual([])
    observer.tell(farewell({ sequence: 6 }))
    observer.tell(heartbeat({ sequence: 5 }))
    expect(observer.status()).toBe('unknown')
  })

  it('of a nonce at its end leaves room for the next life', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ life: life(10, 2 ** 32 - 1) }))
    observer.tell(farewell({ life: life(10, 2 ** 32 - 1) }))
    expect(observer.ofKind('life-floor')[0]?.life).toEqual(life(11, 0))
  })
})

describe('bounds (invariant 7)', () => {
  it('a full table refuses newcomers while all are present', () => {
    const observer = new Observer({ membersMax: 2 })
    for (const number of [2, 3, 4]) observer.tell(heartbeat({ entity: entity(number), key: number }))
    expect(observer.ofKind('refused')).toEqual([{ kind: 'refused', entity: entity(4), peer: peer(4) }])
    expect(observer.view.counters.refused).toBe(1)
    expect(observer.status(entity(4))).toBe('unknown')
  })

  it('a full table forgets who has been away longest for a newcomer', () => {
    const observer = new Observer({ membersMax: 2 })
    observer.tell(heartbeat({ entity: entity(2), key: 2 }))
    observer.run(500)
    observer.tell(heartbeat({ entity: entity(3), key: 3 }))
    observer.run(6000)
    observer.tell(heartbeat({ entity: entity(4), key: 4 }))
    expect(observer.ofKind('forgotten')).toEqual([{ kind: 'forgotten', entity: entity(2), from: 'down' }])
    observer.tell(heartbeat({ entity: entity(2), key: 2, life: life(9) }))
    expect(observer.status(entity(2))).toBe('unknown')
  })

  it('no more alarms stand than anyone would read', () => {
    const observer = new Observer()
    for (let number = 2; number < 400; number += 1) {
      const binding = { entity: entity(number), publicKey: key(number), life: life(50) }
      observer.tell({ kind: 'restore', bindings: [binding] })
      observer.tell(heartbeat({ entity: entity(number), key: 999 }))
    }
    expect(observer.view.alarms.size).toBe(alarmsMax)
    expect(observer.ofKind('alarm')).toHaveLength(alarmsMax)
  })
})

describe("the operator's forgetting", () => {
  it('lets go of key and lives', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.tell({ kind: 'forget', entity: other })
    observer.tell(heartbeat({ key: 3, life: life(1) }))
    expect(observer.kinds()).toEqual(['bound', 'member-joined', 'forgotten', 'released', 'bound', 'member-joined'])
    observer.tell({ kind: 'forget', entity: entity(77) })
    expect(observer.effects).toHaveLength(6)
  })

  it('ends the alarms of the entity', () => {
    const observer = new Observer()
    absent(observer)
    observer.tell(heartbeat({ key: 3, life: life(1) }))
    observer.tell({ kind: 'forget', entity: other })
    expect(observer.view.alarms.size).toBe(0)
    expect(observer.kinds().slice(-3)).toEqual(['forgotten', 'alarm-cleared', 'released'])
  })
})

describe("the operator's pinning", () => {
  it('binds who was never seen, and nobody else is believed', () => {
    const observer = new Observer()
    observer.tell({ kind: 'pin', entity: other, publicKey: key(2) })
    observer.tell(heartbeat({ key: 3, life: life(99) }))
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ life: life(1) }))
    expect(observer.member()).toMatchObject({ peer: peer(2), status: 'alive' })
  })

  it('takes the place of another binding, and leaves an equal one alone', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    observer.tell({ kind: 'pin', entity: other, publicKey: key(2) })
    expect(observer.status()).toBe('alive')
    observer.tell({ kind: 'pin', entity: other, publicKey: key(3) })
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ sequence: 2 }))
    expect(observer.status()).toBe('unknown')
    observer.tell(heartbeat({ key: 3, life: life(1) }))
    expect(observer.member()).toMatchObject({ peer: peer(3), status: 'alive' })
  })

  it('is not for the own entity', () => {
    const observer = new Observer()
    observer.tell({ kind: 'pin', entity: me, publicKey: key(3) })
    expect(observer.effects).toEqual([])
  })
})
