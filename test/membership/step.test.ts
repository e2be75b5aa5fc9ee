import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MembershipEvent } from '../../src/membership/event.ts'
import { entity } from '../state/entities.ts'
import { checkProperty } from '../state/property.ts'
import { heartbeat, key, me, Observer, peer, word } from './observer.ts'

describe('anything at all', () => {
  const who = fc.integer({ min: 1, max: 6 })
  const anyLife = fc.record({ incarnation: fc.integer({ min: 98, max: 103 }), nonce: fc.nat(1) })
  const says = fc.record({ who, key: who, life: anyLife, sequence: fc.nat(8) })
  const told: fc.Arbitrary<MembershipEvent> = fc.oneof(
    says.map((said) => heartbeat({ ...said, entity: entity(said.who) })),
    says.map((said) => heartbeat({ ...said, key: said.who, entity: entity(said.who) })),
    says.map(({ who: number, life: inLife, sequence }): MembershipEvent => {
      return { kind: 'farewell', entity: entity(number), publicKey: key(number), life: inLife, sequence }
    }),
    says.map((said): MembershipEvent => {
      const evidence = { announcement: word({ ...said, entity: entity(said.who) }), signature: new Uint8Array(64) }
      return { kind: 'evidence', evidence, from: peer(9) }
    }),
    says.map(({ who: number, life: inLife, sequence }): MembershipEvent => {
      return { kind: 'accused', entity: entity(number), life: inLife, sequence, by: me }
    }),
    says.map(({ life: inLife, sequence }): MembershipEvent => ({
      kind: 'announced',
      life: inLife,
      sequence,
      toAll: true,
    })),
    who.map((number): MembershipEvent => ({ kind: 'connected', peer: peer(number) })),
    who.map((number): MembershipEvent => ({ kind: 'disconnected', peer: peer(number) })),
    says.map(({ who: number, key: keyNumber, life: inLife }): MembershipEvent => {
      return { kind: 'restore', bindings: [{ entity: entity(number), publicKey: key(keyNumber), life: inLife }] }
    }),
    who.map((number): MembershipEvent => ({ kind: 'forget', entity: entity(number) })),
  )
  const happening = fc.oneof(
    { weight: 4, arbitrary: told },
    { weight: 2, arbitrary: fc.nat(2500) },
    { weight: 1, arbitrary: fc.nat(4000).map((forMs) => ({ stallMs: forMs })) },
  )

  it('keeps what must always hold, and gives the same effects for the same events', () => {
    checkProperty(
      fc.property(fc.array(happening, { maxLength: 120, size: 'max' }), (happenings) => {
        const observers = [
          new Observer({ membersMax: 3, forgetMs: 8000 }),
          new Observer({ membersMax: 3, forgetMs: 8000 }),
        ]
        for (const observer of observers) {
          for (const one of happenings) {
            if (typeof one === 'number') observer.run(one)
            else if ('stallMs' in one) observer.stall(one.stallMs)
            else observer.tell(one)
          }
        }
        expect(observers[0]?.effects).toEqual(observers[1]?.effects)
      }),
      400,
    )
  })
})
