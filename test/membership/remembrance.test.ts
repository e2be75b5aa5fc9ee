import { describe, expect, it } from 'vitest'
import { rememberedMax } from '../../src/membership/remembrance.ts'
import { entity } from '../state/entities.ts'
import { heartbeat, key, life, me, Observer, other, peer } from './observer.ts'

describe('room for names', () => {
  it('the one met last is released, of those that nobody numbered the one with the highest ID', () => {
    const observer = new Observer()
    const bindings = Array.from({ length: rememberedMax + 2 }, (_, at) => ({
      entity: entity(at + 2),
      publicKey: key(2),
      life: life(1),
    }))
    observer.tell({ kind: 'restore', bindings })
    expect(observer.ofKind('released').map((released) => released.entity)).toEqual([
      entity(rememberedMax + 2),
      entity(rememberedMax + 3),
    ])
    expect(observer.view.remembered.size).toBe(rememberedMax)
  })

  it('who was once linked is not released, nor forgotten, for names that were never', () => {
    const observer = new Observer({ membersMax: 4 })
    observer.tell(heartbeat())
    observer.tell({ kind: 'connected', peer: peer(2) })
    expect(observer.ofKind('life-floor')).toHaveLength(1)
    observer.tell({ kind: 'disconnected', peer: peer(2) })
    observer.run(60_000)
    expect(observer.status()).toBe('down')
    // One linked peer that says ten thousand names with its own key: the first of them may be its own.
    observer.tell({ kind: 'connected', peer: peer(3) })
    for (let number = 3; number < rememberedMax + 20; number += 1) {
      observer.tell(heartbeat({ entity: entity(number), key: 3 }))
      observer.tell({ kind: 'farewell', entity: entity(number), publicKey: key(3), life: life(10), sequence: 1 })
    }
    expect(observer.status()).toBe('down')
    expect(observer.status(entity(3))).toBe('left')
    expect(observer.ofKind('released').length).toBeGreaterThan(10)
    observer.tell(heartbeat({ key: 3, life: life(99) }))
    expect(observer.member()?.publicKey).toEqual(key(2))
    expect(observer.ofKind('alarm').map(({ alarm }) => alarm)).toEqual(['key-conflict'])
  })

  it('what was met first or pinned in an earlier run stays, and what was met last makes room', () => {
    const observer = new Observer()
    const bindings = Array.from({ length: rememberedMax + 1 }, (_, at) => ({
      entity: entity(at + 2),
      publicKey: key(2),
      life: life(1),
      seen: rememberedMax + 1 - at,
      pinned: at === 0,
    }))
    observer.tell({ kind: 'restore', bindings })
    expect(observer.ofKind('released').map((released) => released.entity)).toEqual([entity(3)])
  })

  it('a full table takes back whoever was met before those that fill it, in place of the one met last', () => {
    const observer = new Observer({ membersMax: 2 })
    observer.tell({ kind: 'restore', bindings: [{ entity: other, publicKey: key(2), life: life(10), seen: 7 }] })
    for (const number of [3, 4]) observer.tell(heartbeat({ entity: entity(number), key: number }))
    observer.tell(heartbeat({ sequence: 5 }))
    expect(observer.status()).toBe('alive')
    expect(observer.ofKind('forgotten')).toEqual([{ kind: 'forgotten', entity: entity(4), from: 'alive' }])
    // It goes on to speak, and nobody gives way to it.
    observer.tell(heartbeat({ entity: entity(4), key: 4, sequence: 2 }))
    expect([observer.status(entity(4)), observer.status(entity(3))]).toEqual(['unknown', 'alive'])
    expect(observer.view.counters.refused).toBe(1)
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'no-room', entity: me, peers: [peer(4)] }])
    // Until a person names it: then even those that were met first do.
    observer.tell({ kind: 'pin', entity: entity(4), publicKey: key(4) })
    observer.tell(heartbeat({ entity: entity(4), key: 4, sequence: 3 }))
    expect([observer.status(entity(4)), observer.status(entity(3)), observer.status()]).toEqual([
      'alive',
      'unknown',
      'alive',
    ])
    observer.run(60_000)
    expect(observer.ofKind('alarm-cleared')).toHaveLength(1)
  })
})
