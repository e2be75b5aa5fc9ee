import { describe, expect, test } from 'vitest'
import type { AlarmEvent, Tell } from '../../src/node/events.ts'
import { Waitlist } from '../../src/node/waitlist.ts'
import { silentLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import { entityIdOf } from '../../src/testing/virtual-cluster.ts'

const [first, second] = [1, 2].map(entityIdOf) as [EntityId, EntityId]

/** Entities stand in the order of their IDs, and room is what the test says. */
class Setup {
  readonly clock: VirtualClock = new VirtualClock()
  readonly alarms: AlarmEvent[] = []
  readonly held: Map<EntityId, number> = new Map()
  room = 0
  readonly waitlist: Waitlist

  constructor() {
    const tell: Tell = (name, detail) => {
      if (name === 'alarm') this.alarms.push(detail as AlarmEvent)
    }
    this.waitlist = new Waitlist({
      clock: this.clock,
      log: silentLog,
      tell,
      members: {
        get: () => undefined,
        nameOf: (entity) => entity,
        precedenceOf: (entity) => Number.parseInt(entity.slice(-2), 16),
      },
      replica: () => ({ roomFor: () => this.room, weightOf: (entity) => this.held.get(entity) ?? 0 }),
    })
  }

  /** Which of them are let in after so many seconds. */
  in(seconds: number): boolean[] {
    this.clock.advance(1000 * seconds)
    return [first, second].map((entity) => !this.waitlist.isTurnedAway(entity))
  }
}

describe('whoever found no room', () => {
  test('is let in when there is room for what it weighed, the first of them first', () => {
    const setup = new Setup()
    setup.waitlist.turnAway(second, 100)
    setup.waitlist.turnAway(first, 100)
    expect(setup.in(3)).toEqual([false, false])
    setup.room = 150
    expect(setup.in(4)).toEqual([true, false])
    // What the first has not fetched yet is its own already; then it is held, and the room is less.
    setup.held.set(first, 100)
    setup.room = 50
    expect(setup.in(1)).toEqual([true, false])
    setup.room = 100
    expect(setup.in(1)).toEqual([true, true])
  })

  test('is not let in again at once, though there is room', () => {
    const setup = new Setup()
    setup.room = 1000
    setup.waitlist.turnAway(first, 100)
    expect(setup.in(3)).toEqual([false, true])
    expect(setup.in(4)).toEqual([true, true])
  })

  test('is tried now and then without, for it may have become smaller, and ever more seldom', () => {
    const setup = new Setup()
    setup.waitlist.turnAway(first, 100)
    const triedAfter: number[] = []
    for (let waited = 1; triedAfter.length < 7 && waited < 1000; waited += 1) {
      if (setup.in(1)[0] !== true) continue
      triedAfter.push(waited)
      setup.waitlist.turnAway(first, 100)
      waited = 0
    }
    expect(triedAfter).toEqual([10, 20, 40, 80, 160, 320, 320])
  })

  test('is not tried together with others, which would be fetched in vain at once', () => {
    const setup = new Setup()
    setup.waitlist.turnAway(first, 100)
    setup.waitlist.turnAway(second, 100)
    expect(setup.in(11)).toEqual([true, false])
    expect(setup.in(5)).toEqual([true, true])
  })

  test('is named from then on until it has found room or is forgotten', () => {
    const setup = new Setup()
    setup.waitlist.turnAway(first, 100)
    setup.waitlist.turnAway(second, 100)
    setup.waitlist.turnAway(first, 120)
    expect(setup.alarms.map(({ entity, phase }) => [entity, phase])).toEqual([
      [first, 'begun'],
      [second, 'begun'],
    ])
    expect(setup.waitlist.alarmsAbout(first).join()).toContain(`lampfield trust pin ${first}`)
    setup.waitlist.forget(second)
    expect(setup.alarms.at(-1)).toMatchObject({ kind: 'no-room', entity: second, phase: 'over' })
    setup.room = 120
    setup.in(10)
    expect(setup.waitlist.size).toBe(1)
    setup.in(20)
    expect(setup.alarms.at(-1)).toMatchObject({ kind: 'no-room', entity: first, phase: 'over' })
    expect([setup.waitlist.size, setup.waitlist.alarmsAbout(first)]).toEqual([0, []])
    expect(setup.alarms).toHaveLength(4)
  })

  test('is one of a thousand: then some are named, and all wait', () => {
    const setup = new Setup()
    for (let number = 1; number <= 1000; number += 1) setup.waitlist.turnAway(entityIdOf(number) as EntityId, 100)
    expect(setup.alarms).toHaveLength(64)
    expect(setup.waitlist.size).toBe(1000)
    setup.waitlist.stop()
  })
})
