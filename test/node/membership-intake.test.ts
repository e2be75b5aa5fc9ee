import { beforeEach, expect, test } from 'vitest'
import type { MembershipEvent } from '../../src/membership/event.ts'
import { Counters } from '../../src/node/counters.ts'
import { MembershipIntake, type MembershipIntakeParts } from '../../src/node/membership-intake.ts'
import type { EvidenceMessage } from '../../src/protocol/messages.ts'
import type { EntityId } from '../../src/state/entity-id.ts'
import type { PeerId } from '../../src/state/peer-id.ts'
import { key, life, me, other, word } from '../membership/observer.ts'

const neighbour = 'neighbour' as PeerId

let applied: MembershipEvent[]
let isSigned: boolean
let isAllowed: boolean
let intake: MembershipIntake

beforeEach(() => {
  applied = []
  isSigned = true
  isAllowed = true
  const known = { peer: 'peer' as PeerId, publicKey: key(2), life: life(10), sequence: 5 }
  const members = {
    get: (entity: EntityId) => (entity === other ? known : undefined),
    apply: (event: MembershipEvent) => void applied.push(event),
  } as unknown as MembershipIntakeParts['members']
  intake = new MembershipIntake({
    members,
    signatures: { verify: () => isSigned } as unknown as MembershipIntakeParts['signatures'],
    cluster: 'test',
    counters: new Counters(),
    entity: me,
    gatekeeper: { allows: () => isAllowed, mayAnnounce: () => true, mayAccuse: () => true },
  })
})

const evidence = (entity: EntityId, incarnation: number): EvidenceMessage => {
  return { kind: 'evidence', announcement: word({ entity, life: life(incarnation) }), signature: new Uint8Array(64) }
}

test('what is shown of this node itself is evidence of a later life', () => {
  expect(intake.take(evidence(me, 20), neighbour)).toBe('ignore')
  expect(applied.map(({ kind }) => kind)).toEqual(['evidence'])
})

test('what is shown of another is a word of it as any other: it is on its way back to who speaks in an earlier life', () => {
  expect(intake.take(evidence(other, 20), neighbour)).toBe('accept')
  expect(applied).toMatchObject([{ kind: 'heartbeat', announcement: { entity: other }, from: neighbour }])
  // Of what is known already, and of whom nobody listens to, nothing follows.
  expect(intake.take(evidence(other, 10), neighbour)).toBe('ignore')
  isAllowed = false
  expect(intake.take(evidence(other, 30), neighbour)).toBe('ignore')
  expect(applied).toHaveLength(1)
})

test('what is shown and was not said is blamed on who shows it', () => {
  isSigned = false
  for (const entity of [me, other]) expect(intake.take(evidence(entity, 20), neighbour)).toBe('reject')
  expect(applied).toEqual([])
})
