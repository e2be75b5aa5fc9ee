import { describe, expect, it } from 'vitest'
import { rememberedMax } from '../../src/membership/remembrance.ts'
import { entity } from '../state/entities.ts'
import { heartbeat, key, life, Observer, peer } from './observer.ts'

describe('room for names', () => {
  it('the longest unheard of the remembered is released', () => {
    const observer = new Observer()
    const bindings = Array.from({ length: rememberedMax + 2 }, (_, at) => ({
      entity: entity(at + 2),
      publicKey: key(2),
      life: life(1),
    }))
    observer.tell({ kind: 'restore', bindings })
    expect(observer.ofKind('released').map((released) => released.entity)).toEqual([entity(2), entity(3)])
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

  it('what was linked in an earlier run stays, and what was not makes room', () => {
    const observer = new Observer()
    const bindings = Array.from({ length: rememberedMax + 1 }, (_, at) => ({
      entity: entity(at + 2),
      publicKey: key(2),
      life: life(1),
      linked: at === 0,
    }))
    observer.tell({ kind: 'restore', bindings })
    expect(observer.ofKind('released').map((released) => released.entity)).toEqual([entity(3)])
  })
})
