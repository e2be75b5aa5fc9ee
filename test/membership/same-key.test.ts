import { describe, expect, it } from 'vitest'
import type { MembershipEvent } from '../../src/membership/event.ts'
import { farewell, heartbeat, life, Observer, other, peer, word } from './observer.ts'

describe('the same key', () => {
  it('in a later life is a restart: the old life counts never again (invariant 4)', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 50 }))
    observer.tell(heartbeat({ life: life(10, 2), sequence: 1 }))
    expect(observer.ofKind('member-changed')).toMatchObject([
      { from: 'alive', to: 'alive', restarted: true, member: { life: life(10, 2), sequence: 1 } },
    ])
    observer.tell(heartbeat({ sequence: 51 }))
    expect(observer.member()).toMatchObject({ life: life(10, 2), sequence: 1 })
  })

  it('in an older life is told so with evidence, once a second', () => {
    const observer = new Observer()
    observer.tell(heartbeat())
    for (let sequence = 1; sequence <= 10; sequence += 1) {
      observer.tell(heartbeat({ life: life(9), sequence }))
      observer.run(200)
    }
    const informed = observer.ofKind('inform')
    expect(informed).toHaveLength(2)
    expect(informed[0]).toMatchObject({
      peer: peer(2),
      via: peer(9),
      life: life(10),
      evidence: { announcement: word() },
    })
  })

  it('that has forgotten over its own link what it said is told so, once a second, be it down or left', () => {
    const observer = new Observer()
    const back = (sequence: number, from = peer(2)): MembershipEvent =>
      ({ ...heartbeat({ sequence }), from }) as MembershipEvent
    observer.tell(heartbeat({ sequence: 500 }))
    observer.tell(back(400))
    observer.tell(back(401))
    const told = observer.ofKind('inform')
    expect(told).toMatchObject([{ entity: other, peer: peer(2), via: peer(2), life: life(10) }])
    expect(told[0]?.evidence?.announcement.sequence).toBe(500)
    observer.run(10_000)
    expect(observer.status()).toBe('down')
    observer.tell(back(411))
    observer.tell(heartbeat({ sequence: 501 }))
    observer.tell(farewell({ sequence: 502 }))
    observer.run(1000)
    observer.tell(back(412))
    expect(observer.ofKind('inform')).toHaveLength(3)
  })

  it('with late words of this life, from others or twice over its own link, is not told', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 500 }))
    observer.tell(heartbeat({ sequence: 499 }))
    observer.tell({ ...heartbeat({ sequence: 500 }), from: peer(2) } as MembershipEvent)
    expect(observer.ofKind('inform')).toEqual([])
  })

  it('in two lives at once is a cloned machine, and no restart', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      if (sequence <= 3) observer.tell(heartbeat({ life: life(9), sequence }))
      expect(observer.ofKind('alarm')).toHaveLength(sequence === 4 ? 1 : 0)
      observer.run(1000)
    }
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'cloned-entity', entity: other, peers: [peer(2)] }])
    observer.run(30_000)
    expect(observer.ofKind('alarm-cleared')).toEqual([{ kind: 'alarm-cleared', alarm: 'cloned-entity', entity: other }])
  })

  it('with words of an old life that come all at once, as from a link that stood still, is no clone', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 1 }))
    for (let sequence = 1; sequence <= 5; sequence += 1) {
      observer.tell(heartbeat({ life: life(9), sequence }))
      observer.run(90)
    }
    for (let sequence = 2; sequence <= 12; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      observer.run(1000)
    }
    expect(observer.ofKind('alarm')).toEqual([])
  })

  it('with late words of an old life alone is no clone', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      observer.tell(heartbeat({ sequence }))
      if (sequence <= 2) observer.tell(heartbeat({ life: life(9), sequence }))
      for (let again = 0; again < 3; again += 1) observer.tell(heartbeat({ life: life(9), sequence: 2 }))
      observer.run(1000)
    }
    expect(observer.ofKind('alarm')).toEqual([])
  })
})
