import { beforeEach, describe, expect, it } from 'vitest'
import { Accusations } from '../../src/node/accusations.ts'
import type { AccusationMessage } from '../../src/protocol/messages.ts'
import type { MemberStatus } from '../../src/membership/member.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { Life } from '../../src/state/version.ts'

const [self, b, c] = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'] as [EntityId, EntityId, EntityId]
const life: Life = { incarnation: 5, nonce: 1 }

let clock: VirtualClock
let chance: number
let size: number
let member: { status: MemberStatus; life: Life; sequence: number } | undefined
let said: number[]
let accusations: Accusations

const of = (entity: EntityId, change: Partial<AccusationMessage> = {}): AccusationMessage => {
  return { kind: 'accusation', entity, life, sequence: 7, by: self, ...change }
}

beforeEach(() => {
  clock = new VirtualClock()
  chance = 0.5
  size = 100
  member = { status: 'suspect', life, sequence: 7 }
  said = []
  const random = { uint32: () => 0, below: () => 0, fraction: () => chance }
  const members = {
    get size() {
      return size
    },
    get: () => member,
  }
  accusations = new Accusations({ clock, random, members, say: () => said.push(clock.now()) })
})

describe('saying that a member is doubted', () => {
  it('waits for a time by chance, the shorter the fewer could say the same', () => {
    accusations.doubt(of(b))
    clock.advance(100)
    expect(said).toEqual([25])
    size = 3
    chance = 0.9
    accusations.doubt(of(b))
    clock.advance(100)
    expect(said).toEqual([25, 105.4])
  })

  it('is left to whoever said it first', () => {
    accusations.doubt(of(b))
    accusations.doubt(of(c))
    accusations.heard(of(b, { by: c }))
    clock.advance(100)
    expect(said).toHaveLength(1)
  })

  it('is not left to one who speaks of an older word or of another life', () => {
    accusations.doubt(of(b))
    accusations.heard(of(b, { sequence: 6 }))
    accusations.heard(of(b, { life: { incarnation: 4, nonce: 1 } }))
    clock.advance(100)
    expect(said).toHaveLength(1)
  })

  it('is dropped when the member speaks, begins anew, is down or gone meanwhile', () => {
    for (const now of [
      { status: 'alive', life, sequence: 7 } as const,
      { status: 'suspect', life, sequence: 8 } as const,
      { status: 'suspect', life: { incarnation: 6, nonce: 1 }, sequence: 1 } as const,
      { status: 'down', life, sequence: 7 } as const,
      undefined,
    ]) {
      accusations.doubt(of(b))
      member = now
      clock.advance(100)
    }
    expect(said).toEqual([])
  })

  it('is said once where it is doubted twice, and never after the end', () => {
    accusations.doubt(of(b))
    accusations.doubt(of(b))
    clock.advance(100)
    expect(said).toHaveLength(1)
    accusations.doubt(of(b))
    accusations.stop()
    clock.advance(100)
    expect(said).toHaveLength(1)
  })
})

describe('passing a doubt on', () => {
  it('happens once, whoever else says the same', () => {
    expect(accusations.heard(of(b, { by: c }))).toBe(true)
    expect(accusations.heard(of(b))).toBe(false)
    expect(accusations.heard(of(b, { sequence: 6 }))).toBe(false)
    expect(accusations.heard(of(c))).toBe(true)
  })

  it('happens again for a newer word, and for what is still doubted after a while', () => {
    accusations.heard(of(b))
    expect(accusations.heard(of(b, { sequence: 8 }))).toBe(true)
    clock.advance(200)
    expect(accusations.heard(of(b, { sequence: 8 }))).toBe(true)
  })

  it('does not repeat what this node itself said', () => {
    accusations.doubt(of(b))
    clock.advance(100)
    expect(accusations.heard(of(b, { by: c }))).toBe(false)
  })
})
