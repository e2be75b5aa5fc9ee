import { describe, expect, it } from 'vitest'
import { hasTwin } from '../../src/membership/own-entity.ts'
import { heartbeat, life, me, Observer, other, peer } from './observer.ts'

describe('a copy of a running machine', () => {
  it('of this node is told to all at once, and for as long as it is met', () => {
    const observer = new Observer()
    expect(hasTwin(observer.view)).toBe(false)
    for (let seconds = 0; seconds < 20; seconds += 5) {
      observer.tell({ kind: 'twin', peer: peer(1) })
      expect(hasTwin(observer.view)).toBe(true)
      observer.run(5000)
    }
    expect(observer.ofKind('refute')).toHaveLength(1)
    observer.run(5000)
    expect(hasTwin(observer.view)).toBe(false)
  })

  it('is none that has another key', () => {
    const observer = new Observer()
    for (let sequence = 1; sequence <= 3; sequence += 1) {
      observer.tell({ kind: 'announced', life: life(100), sequence, toAll: true })
      observer.tell(heartbeat({ entity: me, key: 3, life: life(1), sequence }))
      observer.run(1000)
    }
    expect([observer.view.alarms.size, hasTwin(observer.view)]).toEqual([1, false])
  })

  it('of a member is an alarm where the member says so, though nobody hears of the copy itself', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 1, hasTwin: true }))
    expect(observer.ofKind('alarm')).toMatchObject([{ alarm: 'cloned-entity', entity: other, peers: [peer(2)] }])
    for (let sequence = 2; sequence <= 35; sequence += 1) {
      observer.run(1000)
      observer.tell(heartbeat({ sequence }))
    }
    expect(observer.ofKind('alarm-cleared')).toHaveLength(1)
    observer.tell(heartbeat({ sequence: 36, hasTwin: true }))
    observer.tell(heartbeat({ life: life(11), sequence: 1, hasTwin: true }))
    expect([observer.ofKind('alarm').length, observer.view.alarms.size]).toEqual([2, 1])
  })

  it('of a member is told in its newest word only: an old one, or one with another key, may be said by anybody', () => {
    const observer = new Observer()
    observer.tell(heartbeat({ sequence: 5 }))
    observer.tell(heartbeat({ sequence: 4, hasTwin: true }))
    observer.tell(heartbeat({ life: life(9), sequence: 9, hasTwin: true }))
    observer.tell(heartbeat({ key: 3, life: life(11), hasTwin: true }))
    expect(observer.ofKind('alarm')).toEqual([])
  })
})
