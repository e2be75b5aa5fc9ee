import { describe, expect, it } from 'vitest'
import type { EntityId } from '../../src/state/entity-id.ts'
import { checkOf, isSameClaim, markOf } from '../../src/state/link-claim.ts'

const [a, b] = ['02:00:00:00:12:34', '02:00:00:00:ff:01'] as [EntityId, EntityId]

describe('a claim of links', () => {
  it('names an entity by the last two bytes of its ID', () => {
    expect(markOf(a)).toBe(0x1234)
    expect(markOf(b)).toBe(0xff01)
  })

  it('checks a set of entities, in any order', () => {
    expect(checkOf([a, b])).toBe(checkOf([b, a]))
    expect(checkOf([a, b]) ^ markOf(b)).toBe(markOf(a))
    expect(checkOf([])).toBe(0)
  })

  it('is the same as another one where both say the same', () => {
    const claims = [
      { all: true, check: 1 },
      { all: true, check: 2 },
      { all: false, marks: [1, 2] },
      { all: false, marks: [1, 3] },
      { all: false, marks: [1] },
    ] as const
    for (const [at, one] of claims.entries()) {
      for (const [place, other] of claims.entries()) expect(isSameClaim(one, { ...other })).toBe(at === place)
    }
  })
})
